#!/usr/bin/env python3
"""Whether steps run as they should: what fails is shown and fails the whole, and what needs it does not begin."""
from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from running.commands import ROOT, seed_of  # noqa: E402
from running.lanes import Lanes, Step  # noqa: E402
from running.state import State  # noqa: E402


def play(*steps: Step) -> tuple[bool, Lanes, str]:
    """Runs steps; gives whether they succeeded, and what was said of them."""
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as logs, contextlib.redirect_stdout(said):
        lanes = Lanes(steps, Path(logs))
        succeeded = lanes.run()
    return succeeded, lanes, said.getvalue()


def step(name: str, script: str, **rest: object) -> Step:
    return Step(name, "a step", [["bash", "-c", script]], **rest)  # type: ignore[arg-type]


class OfBillOfMaterials(unittest.TestCase):
    def test_it_names_what_the_functions_are_built_of_and_nothing_else(self) -> None:
        done = subprocess.run([str(ROOT / "infra/sbom")], capture_output=True, text=True, check=True)
        bill = json.loads(done.stdout)
        components = {one["name"]: one for one in bill["components"]}
        for name in ("attendee-sync-http", "aws-sdk-dynamodb", "lambda_runtime", "ring"):
            self.assertIn(name, components)
        # Of one machine, and of tests.
        for name in ("rusqlite", "clap", "wiremock", "attendee-sync-testkit"):
            self.assertNotIn(name, components)
        for one in bill["components"]:
            self.assertTrue(one["licenses"], one)
            self.assertTrue("hashes" in one or one["name"].startswith("attendee-sync"), one)
        references = {one["bom-ref"] for one in bill["components"]}
        for one in bill["dependencies"]:
            self.assertLessEqual(set(one["dependsOn"]), references)


class OfLanes(unittest.TestCase):
    def test_lanes_run_beside_each_other(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            # Each waits for the other.
            meet = f"touch {folder}/$0; for _ in $(seq 200); do [ -e {folder}/$1 ] && exit; sleep 0.05; done; exit 1"
            a = Step("a", "a step", [["bash", "-c", meet, "a", "b"]])
            b = Step("b", "a step", [["bash", "-c", meet, "b", "a"]], lane=1)
            succeeded, _, said = play(a, b)
        self.assertTrue(succeeded, said)

    def test_a_step_begins_after_what_it_needs(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            first = step("first", f"sleep 0.3; touch {folder}/made")
            second = step("second", f"[ -e {folder}/made ]", lane=1, needs=["first"])
            self.assertTrue(play(first, second)[0])

    def test_a_failure_fails_the_whole_and_is_shown_and_nothing_begins_after_it(self) -> None:
        succeeded, lanes, said = play(
            step("wrong", "echo the reason; exit 3", lane=1), step("slow", "sleep 0.5"), step("later", "echo later"),
            step("needy", "echo needy", lane=2, needs=["wrong"]))
        self.assertFalse(succeeded)
        self.assertEqual([one.state for one in lanes.steps], ["FAILED", "ok", "not begun", "not begun"])
        self.assertIn("the reason\n", said)
        self.assertIn("wrong: FAILED with status 3", said)
        self.assertIn("later", lanes.table())

    def test_a_later_command_that_fails_and_one_that_is_not_there_fail_their_step(self) -> None:
        self.assertFalse(play(Step("two", "a step", [["true"], ["false"]]))[0])
        self.assertFalse(play(Step("none", "a step", [["/nowhere/to/be/found"]]))[0])

    def test_what_is_to_close_is_kept_also_where_the_step_fails(self) -> None:
        for lane in (0, 1):
            succeeded, lanes, _ = play(
                step("other", "true"), step("tests", "echo '   Summary 3 tests'; exit 1", lane=lane, closes_with="Summary"))
            self.assertFalse(succeeded)
            self.assertEqual(lanes.steps[1].closing, ["   Summary 3 tests"])

    def test_processors_are_counted_with_what_a_step_started(self) -> None:
        _, lanes, _ = play(step("busy", f"{sys.executable} -c 'for _ in range(10_000_000): pass'"))
        self.assertGreater(lanes.steps[0].took.cpu, 0.05)


class OfCommits(unittest.TestCase):
    def test_a_commit_has_its_seed(self) -> None:
        self.assertEqual(seed_of("0000000bcafe"), 11)
        self.assertEqual(seed_of(""), 0)


def program(name: str) -> ModuleType:
    """tests/run or tests/nightly as a module: their names have no ending."""
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "tests" / name))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


class OfTheWorkflows(unittest.TestCase):
    def test_every_piece_is_in_a_job_and_in_the_table_of_what_runs_where(self) -> None:
        table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        for name, workflow, jobs in (("run", "ci", r"^ +- ([a-z][a-z -]*)$"), ("nightly", "nightly", r"piece: \[(.*)\]")):
            text = (ROOT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8")
            played = re.findall(r"[a-z-]+", " ".join(re.findall(jobs, text, re.MULTILINE)))
            module = program(name)
            pieces = [step.name for step in module.STEPS] if name == "run" else list(module.PIECES)
            # A job builds for itself, and the steps fetch their tools.
            self.assertEqual(sorted(played), sorted(set(pieces) - {"build", "tools"}))
            for piece in pieces:
                self.assertRegex(table, rf"(?m)^\| `tests/{name} {piece}` \|")


class OfTheNight(unittest.TestCase):
    def test_a_piece_goes_on_where_it_failed_and_plays_nothing_twice(self) -> None:
        night = program("nightly")
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
            folder = Path(name)
            night.FOLDER, night.RELEASE, night.sources = folder / "nightly", folder, lambda: "abc"
            night.SEEDS = 3 * night.SEEDS_AT_ONCE
            faults = folder / "faults"
            faults.write_text(f'#!/bin/sh\n[ "$4" = 1000 ] && [ ! -e {name}/mended ] && exit 1\necho $4 >>{name}/played\n',
                              encoding="utf-8")
            faults.chmod(0o755)
            with self.assertRaises(night.Broken):
                night.seeds(night.Night("seeds"))
            Path(name, "mended").touch()
            self.assertIn("3,000 seeds", night.seeds(night.Night("seeds")))
            self.assertIn("3,000 seeds", night.seeds(night.Night("seeds")))
            self.assertEqual(Path(name, "played").read_text(encoding="utf-8").split(), ["0", "1000", "2000"])

    def test_a_piece_that_had_nothing_to_play_says_so(self) -> None:
        night = program("nightly")
        night.real_systems = lambda: []
        with self.assertRaises(night.Absent):
            night.real(None)

    def test_what_was_done_is_known_again_for_the_same_commit_alone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            state = State(Path(folder), "seeds", "abc")
            state.done, state.seconds = 2_000, 12.5
            state.save()
            again = State(Path(folder), "seeds", "abc")
            self.assertEqual((again.done, again.seconds), (2_000, 12.5))
            self.assertEqual(State(Path(folder), "seeds", "other").done, 0)
            self.assertEqual(State(Path(folder), "pairs", "abc").done, 0)

    def test_a_state_that_cannot_be_read_begins_anew(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "seeds.json").write_text("{", encoding="utf-8")
            self.assertEqual(State(Path(folder), "seeds", "abc").done, 0)


if __name__ == "__main__":
    unittest.main()
