"""Draw a timing diagram: levels, boxes with values, staircases, phases by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from goldspike.cosim.bench.view import Scale, View, Wave
from goldspike.cosim.waves.history import Signal, extra
from goldspike.model.files import write_atomically

__all__ = ["draw", "need_matplotlib"]

INK, GREY, FAINT, BUS, HIGH = "#22303c", "#8795a1", "#e9edf1", "#f1f5f9", "#d3e3f3"
MARKS = ("#1b998b", "#e08e0b", "#d1345b", "#7161ba")
SET = "#fdf0cf"
ROW_INCHES, WIDTH_INCHES, FONT = 0.34, 13.5, 8.5
EDGE = 0.012
STEPS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)
HEIGHTS = {"analog": 2.0}


def need_matplotlib() -> Any:
    """Return matplotlib's Figure class, which draws without a screen.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise extra("matplotlib") from None
    return Figure


def draw(
    view: View,
    history: Mapping[str, Signal],
    ticks: float,
    config: str,
    scale: Scale,
    path: Path,
) -> None:
    """Draw a view from tick 0 to `ticks`, or as many units of its scale, into a PNG."""
    total = sum(0.75 + sum(map(height, group.waves)) for group in view.groups) + 0.2
    size = (WIDTH_INCHES, ROW_INCHES * total + 1.25)
    figure = need_matplotlib()(figsize=size, dpi=120, facecolor="white")
    left, below, above = 1.9 / size[0], 0.55 / size[1], 0.7 / size[1]
    axes = figure.add_axes((left, below, 0.985 - left, 1 - below - above))
    Diagram(axes, history, ticks, scale).view(view, total)
    source = f"      {view.source}" if view.source else ""
    figure.text(EDGE, 1 - 0.28 / size[1], view.title, fontsize=13, weight="bold", color=INK)
    figure.text(EDGE, 1 - 0.5 / size[1], config + source, fontsize=9, color=GREY)
    write_atomically(
        path, lambda stream: figure.savefig(stream, format="png", metadata={"Software": None})
    )


def height(wave: Wave) -> float:
    """Return how many rows a signal takes."""
    return HEIGHTS.get(wave.show, 1.0)


class Diagram:
    """Draws on axes whose x is the tick and whose y is the row, downwards."""

    def __init__(
        self, axes: Any, history: Mapping[str, Signal], ticks: float, scale: Scale
    ) -> None:
        self.axes = axes
        self.history = history
        self.scale = scale
        beside = 0.5 if scale.clocked else ticks / 100
        self.first, self.last = -beside, ticks + beside
        inches = WIDTH_INCHES * 0.845 / (self.last - self.first)
        place = axes.get_position()
        self.margin = (EDGE - place.x0) / place.width
        self.letter = 0.62 * FONT / 72 / inches  # width of a letter, in ticks

    def view(self, view: View, total: float) -> None:
        """Draw everything."""
        axes = self.axes
        axes.set(xlim=(self.first, self.last), ylim=(total, 0), yticks=[])
        axes.set_xlabel(self.scale.label, color=GREY)
        axes.xaxis.label.set_fontsize(8)
        axes.tick_params(axis="x", labelsize=8, colors=GREY, length=3)
        numbers = next(step for step in STEPS if step * 16 > self.last)
        axes.xaxis.set_major_locator(_locator(numbers))
        for side in axes.spines.values():
            side.set_visible(False)
        for tick in range(0, int(self.last) + 1, 1 if self.last < 150 else numbers // 2):
            width = 0.9 if tick % (5 if self.last < 150 else numbers) == 0 else 0.4
            axes.axvline(tick, color=FAINT, linewidth=width, zorder=0)
        y, marked = 0.1, [wave for wave in view.waves if wave.mark]
        for group in view.groups:
            axes.axhline(y + 0.02, color=FAINT, linewidth=1, zorder=0)
            self.text(y + 0.42, group.title, weight="bold", color=INK)
            y += 0.75
            for wave in group.waves:
                color = MARKS[marked.index(wave) % len(MARKS)] if wave.mark else None
                self.text(y + height(wave) / 2, wave.title, color=color or INK)
                self.wave(wave, y, color)
                y += height(wave)
        for place, wave in enumerate(marked):
            self.mark(wave, MARKS[place % len(MARKS)])

    def text(self, y: float, text: str, *, color: str, weight: str = "normal") -> None:
        """Write beside a row."""
        self.axes.text(
            -0.008 if weight == "normal" else self.margin, y, text, color=color, weight=weight,
            transform=self.axes.get_yaxis_transform(), va="center", fontsize=FONT,
            ha="right" if weight == "normal" else "left",
        )  # fmt: skip

    def wave(self, wave: Wave, y: float, color: str | None) -> None:
        """Draw one signal in the row whose top is `y`."""
        signal = self.history[wave.path]
        if wave.line is not None and signal.width > 1:
            signal = signal.line(wave.line)
        spans = signal.spans(self.first, self.last)
        if wave.show == "phases":
            self.phases(wave, spans, y)
        elif wave.show == "analog":
            self.staircase(spans, y)
        elif wave.names or wave.show == "set" or (signal.width > 1 and wave.show != "level"):
            for (begin, end, value), (_, after, following) in zip(
                spans, [*spans[1:], (0, end_of(spans), 1)], strict=True
            ):
                beside = wave.show == "set" and not following
                text = "" if wave.show == "set" and not value else read(wave, signal, value)
                room = after if beside else end
                self.box(begin, end, y, text, fill=fill(wave, value), room=room)
        elif wave.show == "dec":
            for begin, end, value in spans:
                self.box(begin, end, y, str(value))
        else:
            self.level(spans, y, color)

    def level(self, spans: Sequence[tuple[float, float, int]], y: float, color: str | None) -> None:
        """Draw a line that is up or down."""
        xs, ys = [], []
        for begin, end, value in spans:
            at = y + (0.2 if value else 0.8)
            xs += [begin, end]
            ys += [at, at]
            if value:
                self.axes.fill_between(
                    [begin, end], y + 0.2, y + 0.8, color=color or HIGH, alpha=0.35 if color else 1,
                    linewidth=0, zorder=2,
                )  # fmt: skip
        self.axes.plot(xs, ys, color=color or INK, linewidth=1.2, zorder=3)

    def box(
        self, begin: float, end: float, y: float, text: str, fill: Any = BUS, room: float = 0.0
    ) -> None:
        """Draw a value as a box with slanted ends; its text inside, or behind it up to `room`."""
        slant = min(0.25 if self.scale.clocked else self.last / 400, (end - begin) / 3)
        top, middle, bottom = y + 0.17, y + 0.5, y + 0.83
        if not text and fill == "none":
            self.axes.plot([begin, end], [middle, middle], color=GREY, linewidth=1, zorder=2)
            return
        xs = [begin, begin + slant, end - slant, end, end - slant, begin + slant]
        ys = [middle, top, top, middle, bottom, bottom]
        self.axes.fill(xs, ys, facecolor=fill, edgecolor=INK, linewidth=0.9, zorder=3)
        for shrink in (1.0, 0.82):
            if len(text) * self.letter * shrink <= end - begin - slant:
                self.axes.text(
                    (begin + end) / 2, middle, text, color=INK, fontsize=FONT * shrink, zorder=6,
                    ha="center", va="center_baseline",
                )  # fmt: skip
                return
        if len(text) * self.letter + 0.3 <= room - end:
            self.axes.text(
                end + 0.2, middle, text, color=INK, fontsize=FONT * 0.9, zorder=6, ha="left",
                va="bottom",
            )  # fmt: skip

    def phases(self, wave: Wave, spans: Sequence[tuple[float, float, int]], y: float) -> None:
        """Draw what is waited for, from one strobe to the next, while the signal is up."""
        strobes = {
            end: (number, path.rpartition(".")[2].removesuffix("_tap"))
            for number, path in enumerate(wave.phases)
            for end in self.ticks_of(path)
        }
        for begin, end, value in spans:
            if not value:
                self.box(begin, end, y, "", fill="none")
                continue
            edge = begin
            for tick in sorted(tick for tick in strobes if begin < tick <= end + 0.01):
                number, name = strobes[tick]
                self.box(edge, tick, y, name, fill=_pale(MARKS[number % len(MARKS)]))
                edge = tick

    def ticks_of(self, path: str) -> list[float]:
        """Return the ticks on which a signal is up."""
        return self.history[path].events(self.last, self.scale)

    def staircase(self, spans: Sequence[tuple[float, float, int]], y: float) -> None:
        """Draw a number as a height, and write it where there is room."""
        most = max(1, *(value for *_, value in spans))
        xs, ys = [], []
        for begin, end, value in spans:
            at = y + 1.85 - 1.3 * value / most
            xs += [begin, end]
            ys += [at, at]
            if len(str(value)) * self.letter <= end - begin:
                self.axes.text(
                    (begin + end) / 2, at - 0.2, str(value), color=INK, fontsize=FONT * 0.85,
                    ha="center", va="center", zorder=6,
                )  # fmt: skip
        self.axes.fill_between(xs, ys, y + 1.85, color=HIGH, linewidth=0, zorder=2)
        self.axes.plot(xs, ys, color=INK, linewidth=1.2, zorder=3)

    def mark(self, wave: Wave, color: str) -> None:
        """Mark the ticks on which a signal is up."""
        for tick in self.ticks_of(wave.path):
            self.axes.axvline(tick, color=color, linewidth=0.9, alpha=0.55, dashes=(3, 2), zorder=1)


def end_of(spans: Sequence[tuple[float, float, int]]) -> float:
    """Return where the last span ends."""
    return spans[-1][1] if spans else 0.0


def fill(wave: Wave, value: int) -> str:
    """Return the colour of a value's box; a set that is empty has none."""
    if wave.show == "set":
        return SET if value else "none"
    return BUS


def read(wave: Wave, signal: Signal, value: int) -> str:
    """Return a value as text."""
    if wave.names:
        return wave.names.get(value, str(value))
    if wave.show == "set":
        return " ".join(str(line) for line in range(signal.width) if value >> line & 1)
    if wave.show == "signed":
        return f"{value - (value >> (signal.width - 1) << signal.width)}".replace("-", "−")
    return f"{value:0{-(-signal.width // 4)}x}" if wave.show == "hex" else str(value)


def _locator(step: int) -> Any:
    """Return where the axis has numbers."""
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(step)


def _pale(color: str) -> Any:
    """Return a colour mixed with white."""
    from matplotlib.colors import to_rgb

    return tuple(0.72 + 0.28 * part for part in to_rgb(color))
