"""How much a person may ask for: what holds for whom, what was used, what is left."""

from webchat.limits.allowances import Allowance, allowance, forget
from webchat.limits.sentences import Reached, budget, reached
from webchat.limits.spending import Spent, spent

__all__ = ["Allowance", "Reached", "Spent", "allowance", "budget", "forget", "reached", "spent"]
