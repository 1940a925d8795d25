"""Weights with and without a percent sign in one column: 60% beside 0.4 is clear, 60% beside 40 is not."""

import math
from dataclasses import dataclass, field

from factorcli.errors import InvalidPortfolio
from factorcli.tables.cells import Cell, text_of

SUM_TOLERANCE = 0.005  # within this of 1 the weights are complete
Seen = tuple[int, str, float]  # line, cell as text, its number


@dataclass
class Weights:
    """The cells of a column of weights, as they are read."""

    file: str
    signed: list[Seen] = field(default_factory=list)
    plain: list[Seen] = field(default_factory=list)

    @property
    def has_signs(self) -> bool:
        """Whether a cell has a percent sign."""
        return bool(self.signed)

    @property
    def are_fractions(self) -> bool:
        """Whether weights without percent signs sum to 1, whatever their heading says."""
        total = math.fsum(value for _, _, value in self.plain)
        return not self.signed and len(self.plain) > 1 and abs(total - 1) <= SUM_TOLERANCE

    def see(self, line: int, cell: Cell, value: float) -> bool:
        """Take note of a cell; whether it has a percent sign."""
        is_signed = isinstance(cell, str) and "%" in cell
        (self.signed if is_signed else self.plain).append((line, text_of(cell), value))
        return is_signed

    def refuse_mixed(self) -> None:
        """Raise InvalidPortfolio where weights in per cent stand without a sign beside those with one."""
        if not self.signed:
            return
        large = [seen for seen in self.plain if abs(seen[2]) > 1]
        signed, plain = (math.fsum(value for _, _, value in seen) for seen in (self.signed, self.plain))
        is_complete = abs(signed + plain - 1) <= SUM_TOLERANCE
        if not large and not is_complete and abs(signed + plain / 100 - 1) <= SUM_TOLERANCE:
            large = [seen for seen in self.plain if seen[2]]
        if large:
            (line, cell, _), (other_line, other, _) = large[0], self.signed[0]
            raise InvalidPortfolio(
                f"{self.file}, line {line}: the weight {cell} has no percent sign, and {other} in line {other_line} "
                "has one, so the units are mixed: write all weights with a percent sign (25%), or all as fractions "
                "(0.25)."
            )
