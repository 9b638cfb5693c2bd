"""Tests that mostly wait run at the same time: each in a thread, reported by its own name."""

import threading

import pytest


class Run(threading.Thread):
    def __init__(self, function):
        super().__init__(daemon=True)
        self.function = function
        self.problem = None

    def run(self):
        try:
            self.function()
        except Exception as problem:  # reported by the test of this name
            self.problem = problem

    def result(self):
        self.join()
        if self.problem is not None:
            raise AssertionError(f"{type(self.problem).__name__}: {self.problem}") from self.problem


class Background:
    """Functions marked with `add` start together, those that the session has selected."""

    def __init__(self):
        self.functions = []
        self.runs = {}

    def add(self, function):
        self.functions.append(function)
        return function

    def start(self, request):
        selected = {
            item.callspec.params.get("name")
            for item in request.session.items
            if item.module is request.module and hasattr(item, "callspec")
        }
        for function in self.functions:
            if function.__name__ in selected:
                self.runs[function.__name__] = Run(function)
        for run in self.runs.values():
            run.start()

    def parametrize(self):
        return pytest.mark.parametrize("name", [function.__name__ for function in self.functions])

    def result(self, name):
        self.runs[name].result()
