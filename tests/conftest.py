"""How thorough generated tests are: the environment variable HYPOTHESIS_PROFILE names a profile."""

from __future__ import annotations

import os
import signal
import threading

from hypothesis import HealthCheck, settings
from tests.profiles import QUICK, THOROUGH, USUAL

if threading.current_thread() is threading.main_thread():
    # A background job of a script ignores Ctrl-C, and so would every command that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

# These generate the same examples in every run: a change is not to fail for a defect that was there
# before. `HYPOTHESIS_PROFILE=hunt` looks for new ones.
for name, count in {"quick": QUICK, "usual": USUAL, "thorough": THOROUGH}.items():
    settings.register_profile(
        name, max_examples=count, deadline=None, derandomize=True, suppress_health_check=SLOW
    )
settings.register_profile(
    "hunt", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
