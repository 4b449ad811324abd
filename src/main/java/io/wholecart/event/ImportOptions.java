package io.wholecart.event;

import io.wholecart.platform.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * How an import is to be read.
 *
 * @param skipBad whether bad lines are left out; else one bad line and nothing is stored
 * @param taobao whether it is {@code UserBehavior.csv} as Taobao published it; else CSV with a header or NDJSON
 */
public record ImportOptions(boolean skipBad, boolean taobao) {

    /** One bad line and nothing is stored; CSV with a header or NDJSON. */
    public static final ImportOptions STRICT = new ImportOptions(false, false);

    static ImportOptions of(@Nullable String onError, @Nullable String format) {
        if (onError != null && !onError.equals("abort") && !onError.equals("skip")) {
            throw ApiException.invalid("onError", "must be abort or skip");
        }
        if (format != null && !format.equals("taobao")) {
            throw ApiException.invalid("format", "must be taobao; CSV with a header and NDJSON are seen by themselves");
        }
        return new ImportOptions("skip".equals(onError), format != null);
    }
}
