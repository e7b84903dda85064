"""Set-up, tests and demo of this repository; run through the Makefile."""
