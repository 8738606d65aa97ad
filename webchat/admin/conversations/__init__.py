"""Conversations, as administrators see them: found, read, archived, deleted; never edited."""

from webchat.admin.conversations.model_admin import ConversationAdmin

__all__ = ["ConversationAdmin"]
