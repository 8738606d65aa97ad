"""People, as administrators see them."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from webchat import limits
from webchat.accounts.addresses import trust_address
from webchat.accounts.administrators import is_needed
from webchat.accounts.approval import with_unconfirmed
from webchat.accounts.changes import follow, former
from webchat.accounts.second_factor import HAS_SECOND_FACTOR
from webchat.accounts.sessions import end_sessions
from webchat.admin import user_actions
from webchat.admin.selection import Selectable
from webchat.admin.user_form import UserForm
from webchat.admin.user_reset_link import reset_link_view
from webchat.admin.user_rights import may_manage
from webchat.admin.user_states import StateFilter, state_of
from webchat.audit import record
from webchat.leaving import StillNeeded, leave
from webchat.models import AuditRecord, Conversation, User

# What decides about rights; only superusers hand them out.
ROLE_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(Selectable, DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable
    """Django's own, with who waits for approval and what people may choose for themselves."""

    form = UserForm
    fieldsets = (
        (None, {"fields": ["username", "password"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email", "language"]}),
        (_("State"), {"fields": ["is_active", "awaits_approval", "active_at", "last_login"]}),
        (_("Permissions"), {"fields": [*ROLE_FIELDS]}),
    )
    list_display = (
        "username", "full_name", "state", "second_factor", "last_activity", "conversations",
    )  # fmt: skip
    list_filter = (StateFilter, "is_staff", "is_superuser", "groups")
    actions = user_actions.ACTIONS
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = with_unconfirmed(super().get_queryset(request))
        return people.annotate(
            conversation_count=_counted(Conversation, "owner"), protected=HAS_SECOND_FACTOR
        )

    def get_urls(self) -> list[Any]:
        link = self.admin_site.admin_view(partial(reset_link_view, self))
        own = [path("<path:object_id>/reset-link/", link, name="webchat_user_reset_link")]
        return [*own, *super().get_urls()]

    # --- who may change whom ---

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        kept = ("awaits_approval", "active_at", "last_login")
        return kept if request.user.is_superuser else (*kept, *ROLE_FIELDS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj) and may_manage(request, obj)
        return allowed and (obj is None or not is_needed([obj], lock=False))

    # --- changes, and what follows from them ---

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        form.former = former(obj) if change else None
        obj.awaits_approval = obj.awaits_approval and not obj.is_active
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            trust_address(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Now the groups are known too; other groups may mean other limits."""
        super().save_related(request, form, formsets, change)
        transaction.on_commit(limits.forget)
        if form.former is None:
            _record(form.instance, request, "account made")
        else:
            follow(form.former, form.instance, request)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Another password has ended the sessions already; their rows go as well."""
        before = self.get_object(request, unquote(id))
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, unquote(id))
        if before and user and before.password != user.password:
            _record(user, request, "password changed")
            end_sessions(user, request, reason="password changed")
        return response

    # --- deletion ---

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with people, counted: a list of it could be endless."""
        count = Conversation.objects.filter(owner__in=objs).count()
        counted = {self.opts.verbose_name_plural: len(objs)}
        counted[Conversation._meta.verbose_name_plural] = count
        refused = [user for user in objs if not self.has_delete_permission(request, user)]
        needed = {str(self.opts.verbose_name)} if refused else set()
        return [str(user) for user in objs], counted, needed, []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Without Django's one transaction around it: `leave` takes many, and nobody waits long."""
        return self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            leave(obj, request)
        except StillNeeded:
            raise PermissionDenied from None

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)

    # --- what the list shows ---

    @admin.display(description=_("second factor"), boolean=True, ordering="protected")
    def second_factor(self, user: Any) -> bool:
        return bool(user.protected)

    @admin.display(description=_("name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, user: Any) -> str:
        """Whether somebody may come in, and as what beyond a person who chats."""
        words = [state_of(user).label]
        if user.is_superuser:
            words.append(_("administrator"))
        elif user.is_staff:
            words.append(_("staff"))
        return ", ".join(map(str, words))

    @admin.display(description=_("last activity"), ordering="active_at")
    def last_activity(self, user: User) -> str:
        """The day is enough in a list; their page has the minute."""
        return date_format(localtime(user.active_at), "SHORT_DATE_FORMAT") if user.active_at else ""

    @admin.display(description=_("conversations"), ordering="conversation_count")
    def conversations(self, user: Any) -> int:
        return int(user.conversation_count)


def _record(user: User, request: HttpRequest, change: str) -> None:
    record(AuditRecord.Action.ACCOUNT_CHANGED, subject=user, request=request, change=change)


def _counted(model: type[Model], owner: str) -> Coalesce:
    """How many rows belong to each person; asked for the rows of one page, not for all people."""
    rows = model._default_manager.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)
