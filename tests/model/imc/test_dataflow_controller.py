import pytest

from goldspike.model.imc.dataflow_controller import (
    DataflowControllerModel,
    DataflowControllerParams,
    Seen,
)
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams, least_pixels


def params(side=5, kernel=3, padding=0, channels=20, **change):
    layer = LayerParams(
        height=side, width=side, channels=channels, outputs=1, kernel=kernel, padding=padding
    )
    return DataflowControllerParams(memory=InputMemoryParams(layer=layer), **change)


def timesteps(model, count, **seen):
    """Run timesteps in which a computation takes a tick; yield the commands of each."""
    ticks = model.params.busiest(2)
    for _ in range(count):
        commands, started = [], False
        for tick in range(ticks):
            command = model.tick(
                Seen(step=tick == 0, in_valid=True, room=True, done=started, **seen)
            )
            started = command.start
            commands.append(command)
        yield commands


@pytest.mark.parametrize(("side", "padding"), [(5, 0), (8, 1), (32, 1)])
def test_the_first_window_is_read_with_the_least_pixels(side, padding):
    model = DataflowControllerModel(params(side=side, padding=padding))
    needed = least_pixels(side, 3, padding)
    found = [any(c.fetch for c in commands) for commands in timesteps(model, needed)]
    assert found == [False] * (needed - 1) + [True]


def test_a_column_begins_with_nine_pixels_and_goes_on_with_three():
    model = DataflowControllerModel(params())
    found = [sum(c.fetch for c in commands) for commands in timesteps(model, 5 * 5)]
    assert found[12:20] == [18, 6, 6, 0, 0, 18, 6, 6]  # pixels of two words


def test_44_accesses_are_the_most_of_a_timestep():
    """Four words a pixel: a pixel in, nine read, one residual (50 ticks of 500 MHz in 100 ns)."""
    model = DataflowControllerModel(params(side=8, padding=1, channels=56, residual_out=True))
    most = max(
        sum(c.store or c.fetch or c.residual for c in commands)
        for commands in timesteps(model, 64, residual_room=True)
    )
    assert most == 44


def test_without_room_nothing_is_computed_and_then_nothing_is_stored():
    model = DataflowControllerModel(params())
    stored = 0
    for _ in range(40):
        for tick in range(model.params.busiest(2)):
            command = model.tick(Seen(step=tick == 0, in_valid=True))
            stored += command.store
            assert not command.fetch
    assert stored == 2 * 5 * 3  # H * F pixels of two words


def test_a_window_too_short_is_refused():
    with pytest.raises(ValueError, match=r"^window must be in 2\.\.4096, not 1$"):
        params(window=1)
