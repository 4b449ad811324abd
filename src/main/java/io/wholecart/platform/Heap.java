package io.wholecart.platform;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Locale;

/**
 * How much room the heap has for something large that lives long. To be asked before it is made: an OutOfMemoryError hits
 * whichever thread allocates next, and that may be one that answers a request.
 */
public final class Heap {

    /** A part of the heap that is left to requests and whatever else goes on meanwhile. */
    private static final int RESERVE = 10;

    private Heap() {}

    /** Whether so many bytes fit; what is garbage is collected first where they would not fit otherwise. */
    public static boolean hasRoom(long bytes) {
        if (bytes > Runtime.getRuntime().maxMemory()) {
            return false;
        }
        if (bytes <= free()) {
            return true;
        }
        // Only this tells garbage from what is in use, and it is asked for only where the answer would be no.
        System.gc();
        return bytes <= free();
    }

    /**
     * Refuses what does not fit.
     *
     * @param what is to be done, the sentence's beginning
     * @param remedy what helps but a larger heap; empty for nothing
     * @throws NotEnoughMemoryException when so many bytes do not fit
     */
    public static void require(long bytes, String what, String remedy) {
        if (!hasRoom(bytes)) {
            throw new NotEnoughMemoryException(shortage(bytes, what, remedy));
        }
    }

    /** Says what is needed, what is there, and what to change. */
    public static String shortage(long bytes, String what, String remedy) {
        return what + " needs about " + megabytes(bytes) + " of heap, and " + megabytes(Math.max(0, free())) + " of "
                + megabytes(Runtime.getRuntime().maxMemory()) + " can be had: raise -Xmx (or the container's memory)"
                + (remedy.isEmpty() ? "." : ", or " + remedy + ".");
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MB", (bytes + (1 << 20) - 1) >> 20);
    }

    /** Bytes that can be had now, with the garbage taken for used: of the whole heap, and where what lives long lives. */
    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        long max = runtime.maxMemory();
        long free = max - (runtime.totalMemory() - runtime.freeMemory());
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage usage = pool.getUsage();
            // An array has to lie in one generation as a whole.
            if (pool.getType() == MemoryType.HEAP && isOld(pool.getName()) && usage.getMax() > 0) {
                free = Math.min(free, usage.getMax() - usage.getUsed());
            }
        }
        return free - max / RESERVE;
    }

    private static boolean isOld(String pool) {
        return pool.contains("Old") || pool.contains("Tenured");
    }
}
