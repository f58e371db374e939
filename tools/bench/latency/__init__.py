"""What the load tester records, beside what a server knows that it did."""

from __future__ import annotations
