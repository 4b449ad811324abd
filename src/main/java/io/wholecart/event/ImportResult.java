package io.wholecart.event;

import io.wholecart.platform.InputError;
import java.util.List;

/**
 * What became of an import.
 *
 * @param accepted events that are stored now and were not before
 * @param duplicates events that were stored already, or stood twice in the input
 * @param rejected bad lines that were left out
 * @param ignored lines of a kind that is not counted
 * @param errors what is wrong with the first bad lines
 */
public record ImportResult(long accepted, long duplicates, long rejected, long ignored, List<InputError> errors) {}
