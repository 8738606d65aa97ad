"""The socket: commands in, events out. A thin door; it never waits for a provider."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from webchat import sockets
from webchat.accounts.signed_in import whose
from webchat.db import db
from webchat.generation import notices, relay, rows, runs, start, transcript
from webchat.generation.errors import Refused
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.logs.context import bind_user
from webchat.models import Conversation, User
from webchat.protocol import events, visitors
from webchat.protocol.commands import (
    Acknowledge,
    BadCommand,
    Command,
    Follow,
    Ping,
    Stop,
    Unfollow,
    View,
    parse,
)
from webchat.protocol.follow import find_run, follow
from webchat.protocol.window import Window
from webchat.release import RELEASE

log = logging.getLogger(__name__)

FOLLOWED_MAX = 16  # runs on one page; it shows one conversation
WINDOWS_MAX = 64  # runs whose unread events are counted; the oldest have long been read
OWN_COMMANDS_MAX = 64  # how long a page knows the echo of its own commands
COMMANDS_MAX = 8  # at work at once for one socket; a person does one thing at a time


class ChatConsumer(AsyncConsumer):  # type: ignore[misc]
    """One page of one person.

    Database work goes through `webchat.db`, so this class does without Channels' clean-up of
    connections before every message: it would queue all sockets behind one thread.
    """

    channel_layer_alias = ""  # there is no channel layer

    user: User
    session_key: str

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._following: dict[UUID, asyncio.Task[None]] = {}
        self._windows: dict[UUID, Window] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands = 0
        self._own_commands: deque[UUID] = deque(maxlen=OWN_COMMANDS_MAX)
        self._viewing: UUID | None = None
        self._closed = False
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()
            sockets.ended(self)

    async def dispatch(self, message: dict[str, Any]) -> None:
        await getattr(self, message["type"].replace(".", "_"))(message)

    # --- opening and closing ---

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})
        self.session_key = visitors.session_key(self.scope)
        try:
            user = await db(whose, self.session_key)
        except DatabaseError:
            log.exception("a socket cannot be opened")
            await self.close(sockets.FAILED)
            return
        if user is None:
            await self.close(sockets.SIGNED_OUT)
            return
        self.user = user
        bind_user(user.pk)
        visitors.see_as(user, self.scope)
        sockets.add(self)
        self._spawn(self._pass_on_notices())
        await self._tell(events.hello(RELEASE))

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def close(self, code: int) -> None:
        """End the socket with a code the page understands."""
        if not self._closed:
            self._closed = True
            await self.send({"type": "websocket.close", "code": code})
            self._leave()

    def _leave(self) -> None:
        """Stop following; the runs themselves go on."""
        self._closed = True
        sockets.discard(self)
        for task in tuple(self._tasks):
            task.cancel()

    # --- commands ---

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self._closed:
            return
        try:
            command = parse(message.get("text") or "")
        except BadCommand as error:
            log.info("user %d sent a bad command: %s", self.user.pk, error)
            sentence = _("The page sent something that the server does not know. Reload it.")
            await self._tell(
                events.refused(error.code, sentence, client_id=error.client_id, run=error.run)
            )
            return
        await self._obey(command)

    async def _obey(self, command: Command) -> None:
        """Do at once what needs no waiting; the rest is a task of its own."""
        match command:
            case Ping():
                await self._tell(events.pong())
            case View():
                self._viewing = command.conversation
                if command.conversation and command.last:
                    self._spawn(self._tell_missed(command.conversation, command.last))
            case Acknowledge():
                if (window := self._windows.get(command.run)) is not None:
                    window.acknowledge(command.seq)
            case Unfollow():
                if (task := self._following.pop(command.run, None)) is not None:
                    task.cancel()
            case Follow():
                await self._begin_following(command)
            case _:
                await self._begin(command)

    async def _begin(self, command: Send | Regenerate | Stop) -> None:
        if self._commands >= COMMANDS_MAX:
            await self._refuse(command, Refused("too_many", _("Too much at once. Wait a moment.")))
            return
        self._commands += 1
        self._spawn(self._answer(command))

    async def _answer(self, command: Send | Regenerate | Stop) -> None:
        """Carry out one command."""
        try:
            await self._telling_failures(command, self._check_and_work(command))
        finally:
            self._commands -= 1

    async def _telling_failures(self, command: Command, work: Coroutine[Any, Any, None]) -> None:
        """Do the work of a command and tell of every way it can fail."""
        try:
            await work
        except Refused as error:
            await self._refuse(command, error)
        except DatabaseError:
            log.exception("a command of user %d failed", self.user.pk)
            problem = _("The database does not answer at the moment. Try again.")
            await self._refuse(command, Refused("failed", problem))
        except Exception:
            log.exception("a command of user %d failed", self.user.pk)
            problem = _("Something went wrong on the server. Try again.")
            await self._refuse(command, Refused("failed", problem))

    async def _check_and_work(self, command: Send | Regenerate | Stop) -> None:
        await self._check_session()
        match command:
            case Send():
                await self._start(command.client_id, start.send(self.user, command))
            case Regenerate():
                await self._start(command.client_id, start.regenerate(self.user, command))
            case Stop():
                await runs.stop(self.user, command.run)

    async def _check_session(self) -> None:
        """The rights of a command are those of this moment."""
        user = await db(whose, self.session_key)
        if user is None:
            await self.close(sockets.SIGNED_OUT)
            raise asyncio.CancelledError
        self.user = user

    async def _refuse(self, command: Command, error: Refused) -> None:
        client_id = getattr(command, "client_id", None)
        run = getattr(command, "run", None)
        await self._tell(
            events.refused(
                error.code,
                error.message,
                retry_after=error.retry_after,
                client_id=str(client_id) if client_id else None,
                run=str(run) if run else None,
            )
        )

    async def _start(self, client_id: UUID, work: Coroutine[Any, Any, Started]) -> None:
        self._own_commands.append(client_id)
        await self._tell_created(await work, client_id)

    async def _tell_created(self, started: Started, client_id: UUID) -> None:
        messages = started.messages
        if not started.is_new:
            messages = await db(transcript.load, [message.pk for message in messages])
        self._viewing = started.conversation.pk
        await self._tell(events.created(started, client_id, messages))

    # --- following ---

    async def _begin_following(self, wish: Follow) -> None:
        """At once, so that a command that comes next finds it; the session's watch suffices."""
        if (former := self._following.pop(wish.run, None)) is not None:
            former.cancel()
        if len(self._following) >= FOLLOWED_MAX:
            await self._refuse(wish, Refused("too_many", _("This page follows too many answers.")))
            return
        self._following[wish.run] = self._spawn(self._follow(wish))

    async def _follow(self, wish: Follow) -> None:
        try:
            await self._telling_failures(wish, self._pass_on(wish))
        finally:
            if self._following.get(wish.run) is asyncio.current_task():
                del self._following[wish.run]

    async def _pass_on(self, wish: Follow) -> None:
        window = self._window(wish.run)
        try:
            run = await find_run(self.user.pk, wish.run)
            if run is None:
                raise Refused("not_found", _("This answer does not exist."))
            async for event in follow(run, wish, window):
                size = await self._tell(event)
                if "seq" in event:
                    window.sent(event["seq"], size)
        except DatabaseError:
            log.exception("a follower of run %s is lost", wish.run)
            await self.close(sockets.FAILED)

    def _window(self, run: UUID) -> Window:
        window = self._windows.setdefault(run, Window())
        if len(self._windows) > WINDOWS_MAX:
            del self._windows[next(iter(self._windows))]
        return window

    async def _pass_on_notices(self) -> None:
        with relay.listen(self.user.pk) as queue:
            while True:
                try:
                    await self._pass_on_notice(await queue.get())
                except Exception:
                    log.exception("a notice of user %d is lost", self.user.pk)

    async def _pass_on_notice(self, notice: notices.Notice) -> None:
        match notice:
            case notices.ConversationDeleted():
                await self._tell(events.conversation_deleted(notice.conversation))
            case notices.ConversationUpdated():
                await self._tell_updated(notice.conversation)
            case notices.AnswerBegan():
                if notice.client_id in self._own_commands:
                    return
                if notice.conversation == self._viewing:
                    await self._tell_began(notice)
                else:
                    await self._tell_updated(notice.conversation)

    async def _tell_updated(self, pk: UUID) -> None:
        conversation = await db(self._find_conversation, pk)
        if conversation is None:
            return
        if conversation.archived:
            await self._tell(events.conversation_archived(pk))
        else:
            await self._tell(events.conversation_updated(conversation))

    def _find_conversation(self, pk: UUID) -> Conversation | None:
        return Conversation.objects.for_user(self.user).filter(pk=pk).first()

    async def _tell_began(self, notice: notices.AnswerBegan) -> None:
        """An answer began on another page of this person that shows the same conversation."""
        started = await db(rows.find_started, self.user, notice.client_id)
        if started is None:
            return
        ids = [pk for pk in (notice.question, notice.answer) if pk]
        messages = await db(transcript.load, ids)
        event = events.created(started, notice.client_id, messages)
        await self._tell(event | {"replaces": str(notice.replaces) if notice.replaces else None})

    async def _tell_missed(self, pk: UUID, last: UUID) -> None:
        """What happened to a conversation before its page began to listen, or while it was away."""
        try:
            conversation = await db(self._find_conversation, pk)
        except DatabaseError:
            log.exception("user %d is not told what they missed", self.user.pk)
            return
        if conversation is None:
            await self._tell(events.conversation_deleted(pk))
        elif conversation.active_leaf_id != last:
            await self._tell(events.conversation_missed(pk, last))

    # --- sending ---

    async def _tell(self, event: events.Event) -> int:
        """Send an event; returns its size in bytes, or 0 on a socket that is closed."""
        if self._closed:
            return 0
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        await self.send({"type": "websocket.send", "text": text})
        return len(text.encode())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
