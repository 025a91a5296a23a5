"""Whole runs, step by step: what an array's cores do when all that is sent arrives in time.

The abstraction above :mod:`goldspike.model.truenorth.core`: same neurons, same draws, no ticks. As
long as a step ends before the next begins, queues, routes and stalls change no spike, and the two
agree in every spike and potential; the ticks follow from the events
(:mod:`goldspike.model.truenorth.shared.delivery`). Many samples per call, each from the images as
they were loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.truenorth.array import NORTH
from goldspike.model.truenorth.core import AXON, DELAY, DX, DY, CoreParams, Cores, cores_of, fire
from goldspike.model.truenorth.neuron import integrated, sampled
from goldspike.model.truenorth.prng import advanced
from goldspike.model.truenorth.scheduler import SLOTS
from goldspike.model.truenorth.shared.delivery import Traffic, deliver, sent_from_outside, traffic
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.links import Links, links_of

__all__ = ["OUTPUT", "SPIKE", "Run", "Steps"]

SPIKE = np.dtype([("sample", "<i8"), ("step", "<i8"), ("core", "<i4"), ("axon", "<i4")])
"""A spike from outside: on that axon in that step."""
OUTPUT = np.dtype(
    [("sample", "<i8"), ("step", "<i8"), ("row", "<i4"), ("dx", "<i4"), ("axon", "<i4")]
)
"""A spike that left by an east link: the step in which it would be on an axon, ``sent + delay``;
the row of the array; what was left of its dx; its axon's number."""
MERGED, FIRED, SENT, HOPS = range(4)


@dataclass(frozen=True)
class Run:
    """What happened.

    Attributes
    ----------
    outputs : OUTPUT (n,)
        By sample, by step in which they were sent, by core, by neuron.
    events_per_step : int32 (samples, steps, cores)
    merged, fired, sent, hops : int64 (samples, cores)
        Spikes that met another one on their axon and slot (counted where they arrive); neurons that
        fired; spikes sent; links that those pass.
    potentials : int64 (samples, cores, neurons)
        At the end.
    traced_potentials, traced_fired : int64, bool (samples, steps, cores, neurons), or None
    fixed_ticks : int
        Ticks of a step without events and stalls.
    step_ticks : int64 (samples, steps), or None
        Ticks from the `sync` of a step until all is idle; 0 after a sample's last step.
    stalls : int64 (samples, cores), or None
    """

    outputs: np.ndarray
    events_per_step: np.ndarray
    merged: np.ndarray
    fired: np.ndarray
    sent: np.ndarray
    hops: np.ndarray
    potentials: np.ndarray
    traced_potentials: np.ndarray | None
    traced_fired: np.ndarray | None
    fixed_ticks: int
    step_ticks: np.ndarray | None
    stalls: np.ndarray | None

    @property
    def events(self) -> np.ndarray:
        """Synaptic events, int64 (samples, cores)."""
        return self.events_per_step.sum(axis=1, dtype=np.int64)

    @property
    def ticks(self) -> np.ndarray:
        """Ticks that each core was busy, that of `sync` included, without stalls."""
        return self.events_per_step.astype(np.int64) + self.fixed_ticks


class Steps:
    """An array of loaded cores.

    Parameters
    ----------
    images : sequence of CoreImage or None
        One per core, row by row from the south west; None for a core that is not used.
    columns, rows : int
        Size of the array.
    params : CoreParams, optional

    Raises
    ------
    ValueError
        If a neuron's spike would leave the array elsewhere than by an east link, or would arrive on
        an axon that there is not.
    """

    def __init__(
        self,
        images: Sequence[CoreImage | None],
        columns: int = 1,
        rows: int = 1,
        params: CoreParams | None = None,
    ) -> None:
        self.params = params or CoreParams()
        self.columns, self.rows = columns, rows
        if len(images) != columns * rows:
            raise ValueError(f"{columns} x {rows} cores need as many images, not {len(images)}")
        empty = blank(self.params.axons, self.params.neurons)
        self.images = [image or empty for image in images]
        self.cores = cores_of(self.images, self.params)
        self.links = links_of(self.images, columns, rows)

    def run(
        self,
        inputs: np.ndarray,
        steps: "int | np.ndarray",
        samples: int | None = None,
        *,
        traced: bool = False,
        depth: int | None = None,
    ) -> Run:
        """Run samples one after the other, each from the loaded images and an empty scheduler.

        Parameters
        ----------
        inputs : SPIKE (n,)
            By sample, then by step.
        steps : int, or int array (samples,)
            How many steps a sample takes.
        samples : int, optional
            By default as many as `inputs` or `steps` name.
        traced : bool
            Keep the potentials and spikes of every step.
        depth : int, optional
            Packets that a router's queue holds; only with it are ticks and stalls of steps found.
        """
        lengths = np.atleast_1d(np.asarray(steps, np.int64))
        if samples is None:
            named = int(inputs["sample"].max()) + 1 if inputs.size else 1
            samples = named if lengths.size == 1 else lengths.size
        lengths = np.ascontiguousarray(np.broadcast_to(lengths, samples))
        count, size = self.cores.potentials.shape
        most = int(lengths.max(initial=0))
        events = np.zeros((samples, most, count), np.int32)
        totals = np.zeros((samples, count, 4), np.int64)
        ends = np.zeros((samples, count, size), np.int64)
        shape = (samples, most, count, size) if traced else (0, 0, 0, 0)
        potentials, fired = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        timed = (samples, most) if depth else (0, 0)
        step_ticks, stalls = np.zeros(timed, np.int64), np.zeros((samples, count), np.int64)
        outputs = run_samples(
            self.cores, self.links, traffic(self.columns, self.rows, depth or 1, size), inputs,
            lengths, events, totals, ends, potentials, fired, step_ticks, stalls,
        )  # fmt: skip
        records = np.zeros(len(outputs), OUTPUT)
        for k, name in enumerate(("sample", "step", "row", "dx", "axon")):
            records[name] = outputs[:, k]
        return Run(
            outputs=records,
            events_per_step=events,
            merged=totals[:, :, MERGED],
            fired=totals[:, :, FIRED],
            sent=totals[:, :, SENT],
            hops=totals[:, :, HOPS],
            potentials=ends,
            traced_potentials=potentials if traced else None,
            traced_fired=fired if traced else None,
            fixed_ticks=self.params.controller.ticks(0),
            step_ticks=step_ticks if depth else None,
            stalls=stalls if depth else None,
        )


@njit
def run_samples(
    loaded: Cores,
    links: Links,
    routers: Traffic,
    inputs: np.ndarray,
    lengths: np.ndarray,
    events: np.ndarray,
    totals: np.ndarray,
    ends: np.ndarray,
    traced_potentials: np.ndarray,
    traced_fired: np.ndarray,
    step_ticks: np.ndarray,
    stalls: np.ndarray,
) -> np.ndarray:
    """Run all samples; return the outputs, int64 (n, 5). Arrays that are written: :class:`Run`."""
    count, size = loaded.potentials.shape
    outputs, filled, place = np.zeros((1024, 5), np.int64), 0, 0
    slots, prng = np.zeros_like(loaded.slots), np.zeros(count, np.int64)
    traced, timed = traced_fired.shape[0] > 0, step_ticks.shape[0] > 0
    per_neuron, waited = np.zeros(size, np.int64), np.zeros(count, np.int64)
    for sample in range(lengths.size):
        potentials = ends[sample]
        potentials[:] = loaded.potentials
        prng[:] = loaded.registers[:, 5]
        slots[:] = 0
        routers.sent_last[:] = NORTH
        for step in range(lengths[sample]):
            while (
                place < inputs.size
                and inputs[place].sample == sample
                and inputs[place].step == step
            ):
                spike = inputs[place]
                totals[sample, spike.core, MERGED] += slots[spike.core, step % SLOTS, spike.axon]
                slots[spike.core, step % SLOTS, spike.axon] = 1
                sent_from_outside(routers, spike.core)
                place += 1
            for core in range(count):
                active = slots[core, step % SLOTS]
                routers.counts[core] = past = 0
                if timed:
                    count_events(links, core, active, per_neuron)
                if not links.stochastic[core]:
                    events[sample, step, core] = integrate_axons(
                        links, core, active, potentials[core], loaded.widths[0]
                    )
                if traced:
                    traced_potentials[sample, step, core] = potentials[core]
                for visit in range(links.awake_start[core], links.awake_start[core + 1]):
                    neuron = links.awake[visit]
                    if links.stochastic[core]:
                        drawn, prng[core] = integrate_neuron(
                            loaded, core, neuron, active, potentials[core], prng[core]
                        )
                        events[sample, step, core] += drawn
                    potential, fired, prng[core] = fire(
                        loaded, core, neuron, potentials[core, neuron], prng[core]
                    )
                    potentials[core, neuron] = potential
                    past += per_neuron[neuron]
                    if traced:
                        traced_potentials[sample, step, core, neuron] = potential
                        traced_fired[sample, step, core, neuron] = fired
                    if not fired:
                        continue
                    totals[sample, core, FIRED] += 1
                    delay = loaded.fields[core, neuron, DELAY]
                    if delay == 0:
                        continue
                    totals[sample, core, SENT] += 1
                    totals[sample, core, HOPS] += links.hops[core, neuron]
                    if timed:
                        number = routers.counts[core]
                        routers.due[core, number] = 2 * (neuron + 1) + past
                        routers.sent[core, number, 0] = loaded.fields[core, neuron, DX]
                        routers.sent[core, number, 1] = loaded.fields[core, neuron, DY]
                        routers.counts[core] += 1
                    axon, goal = loaded.fields[core, neuron, AXON], links.goal[core, neuron]
                    if goal >= 0:
                        slot = (step + delay) % SLOTS
                        totals[sample, goal, MERGED] += slots[goal, slot, axon]
                        slots[goal, slot, axon] = 1
                        continue
                    if filled == len(outputs):
                        outputs = np.concatenate((outputs, np.zeros_like(outputs)))
                    outputs[filled, 0], outputs[filled, 1] = sample, step + delay
                    outputs[filled, 2] = core // routers.shape[0]
                    outputs[filled, 3], outputs[filled, 4] = links.left[core, neuron], axon
                    filled += 1
                active[:] = 0
            if timed:
                last = deliver(routers, waited)
                for core in range(count):
                    last = max(last, 2 * size + events[sample, step, core] + waited[core])
                step_ticks[sample, step] = 1 + last
                stalls[sample] += waited
        while place < inputs.size and inputs[place].sample == sample:
            place += 1  # after the sample's last step
    return outputs[:filled].copy()


@njit
def count_events(links: Links, core: int, active: np.ndarray, per_neuron: np.ndarray) -> None:
    """Count every neuron's events."""
    per_neuron[:] = 0
    for axon in range(active.size):
        if active[axon]:
            for k in range(links.start[core, axon], links.start[core, axon + 1]):
                per_neuron[links.neuron[k]] += 1


@njit
def integrate_axons(
    links: Links, core: int, active: np.ndarray, potentials: np.ndarray, top: int
) -> int:
    """Add all events, axon by axon, which every neuron sees in the order of the axons too."""
    events = 0
    for axon in range(active.size):
        if active[axon]:
            begin, end = links.start[core, axon], links.start[core, axon + 1]
            events += end - begin
            for k in range(begin, end):
                neuron = links.neuron[k]
                potentials[neuron] = integrated(potentials[neuron], links.weight[k], top)
    return events


@njit
def integrate_neuron(
    cores: Cores, core: int, neuron: int, active: np.ndarray, potentials: np.ndarray, prng: int
) -> tuple[int, int]:
    """Add one neuron's events with their draws; return their number and the PRNG."""
    events, widths = 0, cores.widths
    for axon in range(active.size):
        if active[axon] and cores.connected[core, neuron, axon]:
            kind = cores.types[core, axon]
            weight = cores.fields[core, neuron, kind]
            if cores.fields[core, neuron, 4 + kind]:
                prng = advanced(prng, widths[3], widths[4])
                weight = sampled(weight, prng & widths[1])
            potentials[neuron] = integrated(potentials[neuron], weight, widths[0])
            events += 1
    return events, prng
