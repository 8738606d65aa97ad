"""The addresses of the pages."""

from django.urls import path

from webchat.views import (
    archived,
    conversations,
    exchange,
    media,
    messages,
    preferences,
    ratings,
    search,
    sidebar,
)

urlpatterns = [
    path("", conversations.home, name="home"),
    path("c/<uuid:pk>/", conversations.conversation, name="conversation"),
    path("c/<uuid:pk>/messages/", conversations.messages, name="messages"),
    path("c/<uuid:pk>/options/", conversations.options, name="conversation-options"),
    path("c/<uuid:pk>/rename/", conversations.rename, name="conversation-rename"),
    path("c/<uuid:pk>/delete/", conversations.delete, name="conversation-delete"),
    path("search/", search.search, name="search"),
    path("search/hits/", search.hits, name="search-hits"),
    path("c/<uuid:pk>/archive/", archived.archive, name="conversation-archive"),
    path("c/<uuid:pk>/export/", exchange.export, name="conversation-export"),
    path("archived/", archived.archived, name="archived"),
    path("export/", exchange.page, name="exchange"),
    path("export/all/", exchange.export_all, name="export-all"),
    path("export/import/", exchange.bring, name="import"),
    path("sidebar/", sidebar.more, name="sidebar"),
    path("send/", messages.send_message, name="message-send"),
    path("m/<uuid:pk>/", messages.message, name="message"),
    path("m/<uuid:pk>/regenerate/", messages.regenerate_message, name="message-regenerate"),
    path("m/<uuid:pk>/continue/", messages.continue_message, name="message-continue"),
    path("m/<uuid:pk>/rating/", ratings.rating, name="message-rating"),
    path("r/<uuid:pk>/stop/", messages.stop_run, name="run-stop"),
    path("media/", media.upload, name="media-upload"),
    path("media/<uuid:pk>/", media.show, name="media"),
    path("preferences/", preferences.preferences, name="preferences"),
]
