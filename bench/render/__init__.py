"""Renders the results of a benchmark: one model of tables and sentences, three kinds of output."""
