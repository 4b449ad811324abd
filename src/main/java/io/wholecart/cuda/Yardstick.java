package io.wholecart.cuda;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.FloatPointer;

/** What a card can do at most: copying its memory, and products of large matrices by cuBLAS. */
final class Yardstick {

    private static final long COPIED = 256L << 20;
    private static final int SIDE = 4096;
    private static final int TIMES = 9;

    private Yardstick() {}

    /** Bytes a second that a copy within the card reads and writes. */
    static double copyRate(Card card) {
        long bytes = Math.min(COPIED, card.room() / 4);
        try (Allocations memory = new Allocations(card)) {
            Memory from = memory.bytes(bytes);
            Memory to = memory.bytes(bytes);
            card.zero(from);
            return 2.0 * bytes / median(card, () -> card.copy(from, to, bytes));
        }
    }

    /** Operations a second of a product of matrices in full float32; none without cuBLAS. */
    static OptionalDouble productRate(Card card) {
        try {
            CudaLibraries.load("libcublasLt.so.13", "libcublas.so.13");
            return OptionalDouble.of(product(card));
        } catch (LinkageError | CardException e) {
            // Only a yardstick: nothing else here needs the library.
            return OptionalDouble.empty();
        }
    }

    private static double product(Card card) {
        cublasContext handle = new cublasContext();
        check(cublas.cublasCreate_v2(handle));
        try (Allocations memory = new Allocations(card);
                FloatPointer one = new FloatPointer(1f);
                FloatPointer zero = new FloatPointer(0f)) {
            check(cublas.cublasSetStream_v2(handle, card.stream()));
            check(cublas.cublasSetMathMode(handle, cublas.CUBLAS_PEDANTIC_MATH));
            FloatPointer a = pointer(memory.words((long) SIDE * SIDE));
            FloatPointer b = pointer(memory.words((long) SIDE * SIDE));
            FloatPointer c = pointer(memory.words((long) SIDE * SIDE));
            check(cublas.cublasSgemm_v2(handle, 0, 0, SIDE, SIDE, SIDE, one, a, SIDE, b, SIDE, zero, c, SIDE));
            return 2.0
                    * SIDE
                    * SIDE
                    * SIDE
                    / median(
                            card,
                            () -> check(cublas.cublasSgemm_v2(
                                    handle, 0, 0, SIDE, SIDE, SIDE, one, a, SIDE, b, SIDE, zero, c, SIDE)));
        } finally {
            cublas.cublasDestroy_v2(handle);
        }
    }

    /** An address on the card in the shape that the presets ask for. */
    private static FloatPointer pointer(Memory memory) {
        return new FloatPointer() {
            {
                address = memory.address();
            }
        };
    }

    private static void check(int status) {
        if (status != cublas.CUBLAS_STATUS_SUCCESS) {
            throw new CardException(CardException.Reason.FAILURE, "cuBLAS: status " + status);
        }
    }

    /** Seconds, the median of several times. */
    static double median(Card card, Runnable sequence) {
        sequence.run();
        double[] seconds = new double[TIMES];
        for (int i = 0; i < TIMES; i++) {
            seconds[i] = card.time(sequence) / 1e3;
        }
        return median(seconds);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
