package io.wholecart.event;

/**
 * What became of accepted input.
 *
 * @param accepted events that are stored now and were not before
 * @param duplicates events that were stored already, or stood twice in the input
 */
public record IngestResult(long accepted, long duplicates) {}
