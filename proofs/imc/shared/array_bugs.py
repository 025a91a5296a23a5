"""Arrays with a bug each, one for every property of the array's proof."""

from amaranth.hdl import Cat, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.proofs.imc.shared.opened_array import Opened

__all__ = [
    "answers_on",
    "answers_twice",
    "counts_late",
    "grudges",
    "hastens",
    "keeps_waiting",
    "loses_a_word",
    "mixes_words",
    "never_rests",
    "programs_all",
    "renews_at_will",
    "sends_before_all_take",
    "steps_apart",
    "takes_for_all",
    "takes_from_two",
    "unnoticed",
    "waits_for_the_first",
    "works_unseen",
]


@bug_in(Opened)
def sends_before_all_take(m, array, inside):
    """Give the last core each word of the image that is offered, taken or not."""
    m.d.comb += array.cores[-1].in_valid.eq(array.in_valid)


@bug_in(Opened)
def takes_for_all(m, array, inside):
    """Ask only the first core whether it takes the image's words."""
    part = array.parts[0]
    m.d.comb += part.o_ready.eq(array.cores[0].in_ready.replicate(len(part.o_ready)))


@bug_in(Opened)
def loses_a_word(m, array, inside):
    """Show a receiver nothing on the tick on which a timestep begins."""
    m.d.comb += array.cores[0].in_valid.eq(array.parts[0].o_valid[0] & ~array.cores[0].step)


@bug_in(Opened)
def takes_from_two(m, array, inside):
    """Take a word from a core whenever one is taken from any that its stream begins at."""
    m.d.comb += array.cores[len(array.cores) // 2].out_ready.eq(array.parts[1].ready.any())


@bug_in(Opened)
def mixes_words(m, array, inside):
    """Give the last core the image's word, whoever sends it."""
    core = array.cores[-1]
    pins = [pin for pin in ("in", "res", "sum") if hasattr(core, f"{pin}_word")]
    m.d.comb += [getattr(core, f"{pin}_word").eq(array.in_word) for pin in pins]


@bug_in(Opened)
def renews_at_will(m, array, inside):
    """Renew the links' budgets on every tick on which the array is asked to run."""
    m.d.comb += [part.step.eq(array.run) for part in array.parts]


@bug_in(Opened)
def waits_for_the_first(m, array, inside):
    """Hold a stream up while the first core takes nothing."""
    m.d.comb += array.parts[-1].o_ready.eq(array.cores[0].in_ready)


@bug_in(Opened)
def grudges(m, array, inside):
    """Give a stream no new budget while its sender waits."""
    m.d.comb += array.parts[0].step.eq(array.cores[0].step & ~array.in_valid)


@bug_in(Opened)
def steps_apart(m, array, inside):
    """Begin the last core's timestep a tick after the others'."""
    late = Signal()
    m.d.sync += late.eq(array.cores[0].step)
    m.d.comb += array.cores[-1].step.eq(late)


@bug_in(Opened)
def hastens(m, array, inside):
    """Begin a timestep a tick too soon."""
    with m.If(inside("cycle") == array.params.timestep - 2):
        m.d.sync += inside("cycle").eq(0)


@bug_in(Opened)
def programs_all(m, array, inside):
    """Load every core with what is for any."""
    m.d.comb += [core.program_weight.eq(array.program_weight.any()) for core in array.cores]


@bug_in(Opened)
def unnoticed(m, array, inside):
    """Say nothing of any other core's late timesteps than the first one's."""
    m.d.comb += array.late.eq(array.cores[0].late & (len(array.cores) > 1))


@bug_in(Opened)
def never_rests(m, array, inside):
    """Stay at work for ever."""
    m.d.comb += array.busy.eq(1)


@bug_in(Opened)
def keeps_waiting(m, array, inside):
    """Give the link behind the pooling no new budget while an image waits for it."""
    m.d.comb += array.link.step.eq(array.cores[0].step & ~array.pooled.valid)


@bug_in(Opened)
def works_unseen(m, array, inside):
    """Rest while images wait for the last layer."""
    works = Cat(core.busy for core in array.cores).any()
    m.d.comb += array.busy.eq(array.run | works | array.last.busy)


@bug_in(Opened)
def counts_late(m, array, inside):
    """Look at the room that the memory shows, whatever is on its way there."""
    m.d.comb += array.pooling.room.eq(array.pooled.room != 0)


@bug_in(Opened)
def answers_on(m, array, inside):
    """Take words for the last layer whatever `stall` says."""
    m.d.comb += array.link.o_ready.eq(array.last.ready)


@bug_in(Opened)
def answers_twice(m, array, inside):
    """Repeat an answer on the tick after it."""
    again = Signal()
    m.d.sync += again.eq(array.last.answered)
    m.d.comb += array.answered.eq(array.last.answered | again)
