"""Commands that measure something and show how far they are."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from semblance.common.commands import Advance, Command
from semblance.search.domain.progress import Progress


class MeasuringCommand(Command):
    """Base of commands whose work reports what is done and what there is to do."""

    json_output = True

    @contextmanager
    def measuring(self, label: str) -> Iterator[Progress]:
        """Give a callback that shows progress from its first call on, when the total is known."""
        with ExitStack() as shown:
            advance: Advance | None = None
            before = 0

            def show(done: int, total: int) -> None:
                nonlocal advance, before
                advance = advance or shown.enter_context(self.progress(label, total))
                advance(done - before)
                before = done

            yield show
