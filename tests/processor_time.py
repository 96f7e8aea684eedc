"""How long a thread works at something, for tests of what must not grow without bound; a busy machine counts for nothing."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def works_at_most(seconds: float) -> Iterator[None]:
    """Fail if this thread works for longer; what other tests have left is not collected meanwhile, which takes seconds."""
    is_collecting = gc.isenabled()
    gc.disable()
    begun = time.thread_time()
    try:
        yield
        worked = time.thread_time() - begun
    finally:
        if is_collecting:
            gc.enable()
    assert worked < seconds, f"it took {worked:.2f} s of the processor, and {seconds} s are allowed"
