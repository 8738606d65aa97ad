"""What providers say went wrong, as far as it is always the same; pages translate it.

Providers know nothing of languages, so their sentences are repeated here for the translators.
"""

from django.utils.translation import gettext_noop

GENERAL = (
    gettext_noop("The provider could not answer."),
    gettext_noop("The provider refused the key it was given."),
    gettext_noop("The provider has had too many requests. Wait a little, then try again."),
    gettext_noop("The provider does not offer this model. Choose another one."),
    gettext_noop("The provider rejected the request."),
    gettext_noop("The conversation is too long for this model."),
    gettext_noop("A filter of the provider stopped this request."),
    gettext_noop("The provider cannot be reached at the moment."),
    gettext_noop("The provider did not answer in time."),
    gettext_noop("The provider answered something that cannot be read."),
)
"""Those of the kinds of errors."""

PARTICULAR = (
    gettext_noop("Koala sent an empty answer."),
    gettext_noop("Koala's free questions from this address are used up for now."),
    gettext_noop("Nothing answers chat requests at this address. Check the endpoint's address."),
    gettext_noop("Pizzagpt answers only its own page and noticed that this is another program."),
    gettext_noop("Pizzagpt sent an empty answer."),
    gettext_noop("Say in words what the picture should show."),
    gettext_noop("The account at the provider has no credit left."),
    gettext_noop("The address answers with a web page. Check that it ends with /v1."),
    gettext_noop("The address does not list models. Check the endpoint's address."),
    gettext_noop("The address of the provider or of its proxy cannot be read."),
    gettext_noop("The endpoint's address has to begin with http:// or https://."),
    gettext_noop(
        "The endpoint's address is not a web address that begins with http:// or https://."
    ),
    gettext_noop("The key or another header holds characters that cannot be sent."),
    gettext_noop("The picture came in a form that cannot be read."),
    gettext_noop("The picture cannot be reached."),
    gettext_noop("The picture cannot be read."),
    gettext_noop("The picture did not come in time."),
    gettext_noop("The picture is too large."),
    gettext_noop("The picture's address leads from one to the next without end."),
    gettext_noop("The picture's address leads where this server may not go."),
    gettext_noop("The provider broke the answer off in the middle."),
    gettext_noop("The provider broke the answer off."),
    gettext_noop("The provider broke the connection off."),
    gettext_noop("The provider could not finish the answer."),
    gettext_noop("The provider does not allow this: the key is missing, wrong or may not do it."),
    gettext_noop("The provider refuses automatic clients at the moment. Ask another provider."),
    gettext_noop(
        "The provider rewrote its answer while it was writing it. What came first is kept."
    ),
    gettext_noop("The provider sent a picture that cannot be read."),
    gettext_noop("The provider sent a piece that is too large to be part of an answer."),
    gettext_noop("The provider sent an empty answer."),
    gettext_noop("The provider sent far more than an answer can be."),
    gettext_noop("The provider sent no answer."),
    gettext_noop("The provider's address cannot be used."),
    gettext_noop("The proxy did not let the request for a picture through."),
    gettext_noop("The proxy did not let the request through."),
    gettext_noop("The proxy wants a user name and a password."),
    gettext_noop("The request cannot be sent as it is."),
    gettext_noop(
        "This model does not take pictures. Choose another one, or ask without the picture."
    ),
    gettext_noop("Vitalentum sent an empty answer."),
    gettext_noop("Websim drew no picture."),
    gettext_noop("Websim sent no answer that can be read."),
)
"""Those that say more."""
