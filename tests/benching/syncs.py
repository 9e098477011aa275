"""Syncs of one event, each in turn with its floors."""
import json
import os
import statistics
import tempfile

import feed
import peers
import programs

FIRST, UNCHANGED, CHANGED = 3, 5, 3
# A first sync of so many takes minutes.
MANY = 500_000


def middle(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def compared(name, ours, floors):
    """The middle of ours and of the floors, and of the ratios of those that ran in turn."""
    result = {"ours": middle(ours)}
    for floor, runs in floors.items():
        result[floor] = middle(runs)
        result[f"ours / {floor}"] = {key: statistics.median(run[key] / low[key] for run, low in zip(ours, runs))
                                     for key in ("wall", "cpu")}
    print(f"  {name}: " + ", ".join(f"{key} {value['wall']:.3f}" for key, value in result.items()), flush=True)
    return result


def floor(*arguments):
    return programs.timed(programs.FLOOR, *arguments)[1]


def first(count, base, data, low):
    """One first sync, with its floors before it."""
    programs.configure(data, f"{base}/0?page=0")
    floors = {"read": floor("read", f"{base}/0?page=0"), "store": floor("store", f"{base}/0?page=0", low)}
    return floors | {"ours": programs.sync(data, {"added": count})}


def beside_peers(count, rounds):
    """First syncs of so many in turn with those of the peers, each into an empty folder, then one more of the same feed."""
    print(f"{count} records, beside peers", flush=True)
    runs = {"first": [], "unchanged": []}
    with feed.serving(count) as (base, _), peers.postgres() as address:
        url = f"{base}/0?page=0"
        for number in range(rounds):
            with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as duck, \
                    tempfile.TemporaryDirectory() as post:
                programs.configure(data, url)
                own = peers.database(address, number)
                for name, expected in (("first", {"added": count}), ("unchanged", {"unchanged": count})):
                    runs[name].append({
                        "ours": programs.sync(data, expected),
                        "dlt, DuckDB, parquet": peers.sync(url, duck, "duckdb"),
                        "dlt, PostgreSQL, csv": peers.sync(url, post, own),
                    })
    result = {"records": count}
    for name, turns in runs.items():
        by_name = {whose: [turn[whose] for turn in turns] for whose in turns[0]}
        result[name] = compared(name, by_name.pop("ours"), by_name)
    return result


def measure(count):
    print(f"{count} records", flush=True)
    with feed.serving(count, 1 + CHANGED) as (base, size):
        runs = []
        for _ in range(0 if count >= MANY else FIRST - 1):
            with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as low:
                runs.append(first(count, base, data, low))
        with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as low:
            runs.append(first(count, base, data, low))
            by_name = {name: [run[name] for run in runs] for name in runs[0]}
            result = {"records": count, "bytes": size, "first": compared("first", by_name.pop("ours"), by_name)}
            ours, reads, stores = [], [], []
            for _ in range(UNCHANGED):
                reads.append(floor("read", f"{base}/0?page=0"))
                stores.append(floor("store", f"{base}/0?page=0", low))
                ours.append(programs.sync(data, {"unchanged": count}))
            result["unchanged"] = compared("unchanged", ours, {"read": reads, "store": stores})
            ours, stores = [], []
            for version in range(1, 1 + CHANGED):
                programs.configure(data, f"{base}/{version}?page=0")
                stores.append(floor("store", f"{base}/{version}?page=0", low))
                ours.append(programs.sync(data, {"updated": count // 100}))
            result["1 % changed"] = compared("1 % changed", ours, {"store": stores})
            result["file MiB"] = sum(os.path.getsize(os.path.join(data, name)) for name in os.listdir(data)) / 2**20
    return result


def show(results):
    row = "{:>9}  {:12} {:15} {:>9} {:>9} {:>8}"
    print(row.format("records", "sync", "", "wall s", "cpu s", "MiB"))
    for result in results:
        for name in ("first", "unchanged", "1 % changed"):
            if name not in result:
                continue
            for whose, figures in result[name].items():
                mib = f"{figures['mib']:.0f}" if "mib" in figures else ""
                print(row.format(result["records"], name, whose, f"{figures['wall']:.3f}", f"{figures['cpu']:.3f}", mib))

