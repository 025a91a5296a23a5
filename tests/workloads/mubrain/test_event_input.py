"""What the sender does with recorded events: cells, ticks, delays; and what it cannot do."""

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.mubrain.aer_input import AerInputModel, AerInputParams
from goldspike.workloads.events import Events
from goldspike.workloads.mubrain.event_input import send, to_addresses

PARAMS = AerInputParams(lines=256)


def by_address(t: list[int], address: list[int]) -> Events:
    return Events(np.array(t, np.int64), np.array(address, np.int64))


def by_pixel(x: list[int], y: list[int], p: list[int] | None = None) -> Events:
    t = np.arange(len(x), dtype=np.int64) * 1000
    on = None if p is None else np.array(p, bool)
    return Events(t, None, np.array(x), np.array(y), on)


def test_times_become_ticks_from_the_first_event_on() -> None:
    sent = send(by_address([5000, 5040, 5096, 6000], [1, 2, 3, 4]), PARAMS)
    assert sent.tick.tolist() == [1, 5, 11, 101]  # 9.6 ticks round to 10
    assert sent.origin == 4990 and sent.time(sent.tick).tolist() == [5000, 5040, 5100, 6000]
    assert (sent.read, sent.deselected, sent.delayed, sent.delay_max) == (4, 0, 0, 0)


def test_events_too_near_are_delayed_in_order_and_counted() -> None:
    sent = send(by_address([0, 0, 0, 10, 500], [7, 5, 6, 1, 2]), PARAMS)
    assert sent.tick.tolist() == [1, 3, 5, 7, 51]
    assert sent.address.tolist() == [7, 5, 6, 1, 2]
    assert (sent.delayed, sent.delay_max) == (3, 5)
    AerInputModel(PARAMS).run(sent.tick, sent.address)  # its contract holds


@pytest.mark.parametrize(("width", "height"), [(16, 16), (128, 128), (346, 260), (20, 17)])
def test_every_cell_of_a_sensor_is_one_address(width: int, height: int) -> None:
    y, x = np.divmod(np.arange(width * height), width)
    events = Events(np.zeros(x.size, np.int64), None, x, y)
    _, address = to_addresses(events, 16, (width, height))
    cells = address.reshape(height, width)
    assert set(cells.ravel()) == set(range(256))
    assert (np.diff(cells % 16, axis=1) >= 0).all() and (np.diff(cells // 16, axis=0) >= 0).all()
    assert cells[0, 0] == 0 and cells[-1, -1] == 255 and cells[0, -1] == 15
    columns = np.bincount(cells[0] % 16)
    assert columns.max() - columns.min() <= 1


def test_polarity_is_dropped_or_selected_and_counted() -> None:
    events = by_pixel([0, 8, 16], [0, 0, 0], [1, 0, 1])
    counts = {}
    for polarity in ("both", "on", "off"):
        sent = send(events, PARAMS, sensor=(128, 128), polarity=polarity)
        counts[polarity] = (sent.address.tolist(), sent.deselected)
    assert counts == {"both": ([0, 1, 2], 0), "on": ([0, 2], 1), "off": ([1], 2)}


def test_an_address_without_a_line_is_sent_and_one_without_pins_is_not() -> None:
    params = AerInputParams(lines=200)
    sent = send(by_address([0, 100], [199, 255]), params)
    assert AerInputModel(params).run(sent.tick, sent.address).invalid == 1
    for address in (256, -1):
        with pytest.raises(InputError, match=rf"Event 1 .* address {address}, .* 8 address pins"):
            send(by_address([0, 100], [199, address]), params)


def test_what_cannot_be_sent_is_refused() -> None:
    pixels = by_pixel([0, 130], [0, 5])
    with pytest.raises(InputError, match="does not state the sensor's size"):
        send(pixels, PARAMS)
    with pytest.raises(InputError, match=r"Event 1 .* x = 130, y = 5 is outside .* 128 x 128"):
        send(pixels, PARAMS, sensor=(128, 128))
    with pytest.raises(InputError, match=r"must have 1\.\.32768 pixels a side"):
        send(pixels, PARAMS, sensor=(0, 4))
    with pytest.raises(InputError, match="no polarities"):
        send(pixels, PARAMS, sensor=(200, 200), polarity="on")
    with pytest.raises(InputError, match="one of both, on, off"):
        send(pixels, PARAMS, sensor=(200, 200), polarity="up")
    with pytest.raises(InputError, match="no event of the polarity 'off'"):
        send(by_pixel([1], [1], [1]), PARAMS, sensor=(16, 16), polarity="off")
    with pytest.raises(InputError, match="square number of inputs, not 200"):
        send(pixels, AerInputParams(lines=200), sensor=(200, 200))
    with pytest.raises(InputError, match="mean nothing for events by address"):
        send(by_address([0], [0]), PARAMS, polarity="on")
    with pytest.raises(InputError, match=r"may last 42\.9 s at most.*not 50\.0 s"):
        send(by_address([0, 50 * 10**9], [0, 0]), PARAMS)
    sized = Events(pixels.t, None, pixels.x, pixels.y, None, (346, 260))
    with pytest.raises(InputError, match="346 x 260 pixels as the file says, not 128 x 128"):
        send(sized, PARAMS, sensor=(128, 128))
