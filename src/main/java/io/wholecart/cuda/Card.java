package io.wholecart.cuda;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;

/**
 * The first CUDA card of this machine: memory, launches and copies in one stream, one after the other. Serves one thread at
 * a time; whoever uses it holds its monitor and calls {@link #enter} first. Everything throws {@link CardException}.
 */
final class Card implements AutoCloseable {

    /** As the driver tells it; an older one lacks functions, and a JVM that calls one of those is gone. */
    private static final int OLDEST_DRIVER = 13_000;

    private static final int ARGUMENTS = 40;
    /** Numbers that are copied at one time. */
    private static final int COPIED = 1 << 22;
    /** Waits after every kernel, so that an error is told with the name of the kernel that made it. */
    static final boolean WAITING = Boolean.getBoolean("wholecart.cuda.wait");

    /** What stays free on the card, for its driver. */
    private static final long SPARE = 256L << 20;

    private final int device;
    private final String name;
    private final int capability;
    private final Program.Target target;
    private final String compiler;
    private final CUctx_st context = new CUctx_st();
    private final CUstream_st stream = new CUstream_st();
    private final Map<Integer, Program> programs = new HashMap<>();
    private final BytePointer values = new BytePointer(ARGUMENTS * 8L);
    private final PointerPointer<Pointer> arguments = new PointerPointer<>(ARGUMENTS);
    private final long limit;
    private long allocated;
    private @Nullable Map<String, Double> profile;
    private boolean recording;

    /** A sequence of launches that can be done again with one call. */
    record Recording(CUgraphExec_st graph) implements AutoCloseable {
        @Override
        public void close() {
            check(cudart.cuGraphExecDestroy(graph), "closing a graph");
        }
    }

    /**
     * Opens it.
     *
     * @param limit bytes of its memory that may be used; it may have less
     * @throws CardException with the reason when there is none that can be used
     */
    static Card open(long limit) {
        DriverCalls.checkBuild();
        try {
            if (!CudaLibraries.deviceInSight()) {
                throw new CardException(CardException.Reason.ABSENT, "this machine has no device of NVIDIA's in /dev");
            }
            CudaLibraries.load("libcuda.so.1", "libcudart.so.13", "libnvrtc.so.13");
            return new Card(limit);
        } catch (CardException e) {
            throw e;
        } catch (LinkageError | RuntimeException e) {
            // The driver or CUDA's libraries are absent or cannot be read, or JavaCPP has none of its own for this
            // machine.
            throw new CardException(CardException.Reason.ABSENT, reason(e), e);
        }
    }

    /** What the linker said, without the path of the library that wanted another one. */
    private static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return "CUDA's libraries cannot be loaded (" + message.replaceFirst("^/\\S+: (?=lib)", "") + ")";
    }

    private Card(long limit) {
        int[] number = new int[1];
        int result = cudart.cuInit(0);
        if (result == cudart.CUDA_SUCCESS) {
            checkDriver();
        }
        if (result != cudart.CUDA_SUCCESS || cudart.cuDeviceGetCount(number) != cudart.CUDA_SUCCESS || number[0] == 0) {
            throw new CardException(CardException.Reason.ABSENT, "the driver has no card: " + error(result));
        }
        check(cudart.cuDeviceGet(number, 0), "device");
        device = number[0];
        byte[] letters = new byte[256];
        check(cudart.cuDeviceGetName(letters, letters.length, device), "device name");
        name = new String(letters, StandardCharsets.UTF_8).replace("\0", "");
        capability = 10 * attribute(cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        compiler = Program.compiler();
        target = Program.Target.of(name, capability, Program.supported());
        check(cudart.cuDevicePrimaryCtxRetain(context, device), "context");
        enter();
        check(cudart.cuStreamCreate(stream, cudart.CU_STREAM_NON_BLOCKING), "stream");
        this.limit = Math.min(limit, free() - Math.min(SPARE, free() / 8));
        for (int i = 0; i < ARGUMENTS; i++) {
            arguments.put(i, values.getPointer(8L * i));
        }
    }

    private static void checkDriver() {
        int version = driverVersion();
        if (version < OLDEST_DRIVER) {
            throw new CardException(
                    CardException.Reason.UNSUITABLE,
                    "the driver is for CUDA " + dotted(version) + ", " + dotted(OLDEST_DRIVER) + " is wanted");
        }
    }

    private static int driverVersion() {
        int[] version = new int[1];
        check(cudart.cuDriverGetVersion(version), "driver version");
        return version[0];
    }

    private static String dotted(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    static void check(int result, String what) {
        if (result != cudart.CUDA_SUCCESS) {
            throw new CardException(
                    result == cudart.CUDA_ERROR_OUT_OF_MEMORY
                            ? CardException.Reason.MEMORY
                            : CardException.Reason.FAILURE,
                    what + ": " + error(result));
        }
    }

    private static String error(int result) {
        try (PointerPointer<BytePointer> place = new PointerPointer<>(1)) {
            return cudart.cuGetErrorName(result, place) == cudart.CUDA_SUCCESS
                    ? place.get(BytePointer.class, 0).getString()
                    : "CUDA error " + result;
        }
    }

    /** To be called first by every thread that uses it. */
    void enter() {
        check(cudart.cuCtxSetCurrent(context), "context");
    }

    String name() {
        return name;
    }

    int capability() {
        return capability;
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        check(cudart.cuDeviceGetAttribute(value, attribute, device), "device attribute " + attribute);
        return value[0];
    }

    int processors() {
        return attribute(cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    }

    /** Bytes of shared memory that a block can have. */
    int sharedLimit() {
        return attribute(cudart.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
    }

    /** Bytes of its memory that nobody uses. */
    long free() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer all = new SizeTPointer(1)) {
            check(cudart.cuMemGetInfo(free, all), "memory");
            return free.get();
        }
    }

    /** Bytes that may still be allocated here. */
    long room() {
        return limit - allocated;
    }

    String description() {
        try (SizeTPointer all = new SizeTPointer(1)) {
            check(cudart.cuDeviceTotalMem(all, device), "memory");
            return String.format(
                    Locale.ROOT,
                    "%s, compute capability %d.%d, %d multiprocessors, %.1f GiB, driver for CUDA %s, compiler %s",
                    name,
                    capability / 10,
                    capability % 10,
                    processors(),
                    all.get() / (double) (1 << 30),
                    dotted(driverVersion()),
                    compiler);
        }
    }

    /** The kernels for so many factors; compiled when they are first asked for. */
    Program program(int factors) {
        return programs.computeIfAbsent(factors, d -> new Program(target, sharedLimit(), d));
    }

    Memory allocate(long bytes) {
        long size = Math.max(16, bytes);
        if (size > room()) {
            throw new CardException(
                    CardException.Reason.MEMORY,
                    "the card's memory is used up: " + size + " bytes more than the " + room() + " that are left");
        }
        long[] address = new long[1];
        check(cudart.cuMemAlloc(address, size), "allocating " + size + " bytes");
        allocated += size;
        return new Memory(address[0], size);
    }

    void free(Memory memory) {
        allocated -= memory.bytes();
        check(cudart.cuMemFree(memory.address()), "freeing memory");
    }

    /** How many blocks of this kernel the whole card holds at a time. */
    int resident(Program.Kernel kernel, int threads, int shared) {
        int[] blocks = new int[1];
        check(
                cudart.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, kernel.function(), threads, shared),
                kernel.name());
        return Math.max(1, blocks[0]) * processors();
    }

    /**
     * Launches a kernel.
     *
     * @param shared bytes of shared memory for each block
     * @param parameters Integer, Float, Long or Memory, as the kernel declares them
     */
    void launch(Program.Kernel kernel, int columns, int rows, int threads, int shared, Object... parameters) {
        if (parameters.length != kernel.sizes().size()) {
            throw new CardException(
                    CardException.Reason.FAILURE,
                    kernel.name() + " has " + kernel.sizes().size() + " parameters, not " + parameters.length);
        }
        for (int i = 0; i < parameters.length; i++) {
            int size = put(8L * i, parameters[i]);
            if (size != kernel.sizes().get(i)) {
                throw new CardException(
                        CardException.Reason.FAILURE, kernel.name() + ", parameter " + i + ": " + parameters[i]);
            }
        }
        Map<String, Double> times = profile;
        if (times == null) {
            launch(kernel, columns, rows, threads, shared);
        } else {
            times.merge(
                    kernel.name(), (double) time(() -> launch(kernel, columns, rows, threads, shared)), Double::sum);
        }
    }

    private void launch(Program.Kernel kernel, int columns, int rows, int threads, int shared) {
        check(
                cudart.cuLaunchKernel(
                        kernel.function(), columns, rows, 1, threads, 1, 1, shared, stream, arguments, (PointerPointer<
                                        ?>)
                                null),
                kernel.name());
        if (WAITING && !recording) {
            check(cudart.cuStreamSynchronize(stream), kernel.name());
        }
    }

    /** Milliseconds of every kernel in a sequence that is not recorded; each launch is waited for. */
    Map<String, Double> profile(Runnable sequence) {
        Map<String, Double> times = new HashMap<>();
        profile = times;
        try {
            sequence.run();
        } finally {
            profile = null;
        }
        return times;
    }

    private int put(long at, Object parameter) {
        if (parameter instanceof Memory memory) {
            values.putLong(at, memory.address());
            return 8;
        } else if (parameter instanceof Long number) {
            values.putLong(at, number);
            return 8;
        } else if (parameter instanceof Integer number) {
            values.putInt(at, number);
            return 4;
        } else if (parameter instanceof Float number) {
            values.putFloat(at, number);
            return 4;
        }
        throw new CardException(CardException.Reason.FAILURE, "a kernel takes no " + parameter);
    }

    /** Waits until all is done. */
    void await() {
        check(cudart.cuStreamSynchronize(stream), "waiting for the card");
    }

    /** Keeps what the sequence launches instead of doing it. */
    Recording record(Runnable sequence) {
        CUgraph_st graph = new CUgraph_st();
        CUgraphExec_st executable = new CUgraphExec_st();
        check(cudart.cuStreamBeginCapture(stream, cudart.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "recording");
        recording = true;
        try {
            sequence.run();
        } catch (RuntimeException | Error e) {
            // Why the sequence failed matters more than what becomes of the recording.
            if (cudart.cuStreamEndCapture(stream, graph) == cudart.CUDA_SUCCESS && !graph.isNull()) {
                cudart.cuGraphDestroy(graph);
            }
            throw e;
        } finally {
            recording = false;
        }
        check(cudart.cuStreamEndCapture(stream, graph), "recording");
        check(DriverCalls.instantiate(executable, graph), "recording");
        check(cudart.cuGraphDestroy(graph), "recording");
        return new Recording(executable);
    }

    void replay(Recording recording) {
        check(cudart.cuGraphLaunch(recording.graph(), stream), "replaying");
    }

    /** Milliseconds that the card takes for what the sequence launches. */
    float time(Runnable sequence) {
        CUevent_st begin = event();
        CUevent_st end = event();
        check(cudart.cuEventRecord(begin, stream), "timing");
        sequence.run();
        check(cudart.cuEventRecord(end, stream), "timing");
        check(cudart.cuEventSynchronize(end), "timing");
        float[] millis = new float[1];
        check(cudart.cuEventElapsedTime(millis, begin, end), "timing");
        check(cudart.cuEventDestroy(begin), "timing");
        check(cudart.cuEventDestroy(end), "timing");
        return millis[0];
    }

    private static CUevent_st event() {
        CUevent_st event = new CUevent_st();
        check(cudart.cuEventCreate(event, cudart.CU_EVENT_DEFAULT), "timing");
        return event;
    }

    CUstream_st stream() {
        return stream;
    }

    void zero(Memory memory) {
        check(cudart.cuMemsetD8Async(memory.address(), (byte) 0, memory.bytes(), stream), "zeros");
    }

    void copy(Memory from, Memory to, long bytes) {
        check(cudart.cuMemcpyDtoDAsync(to.address(), from.address(), bytes, stream), "copying");
    }

    /** Copies ints from an array, from place {@code from} on. */
    void write(Memory to, int[] values, int from, int count) {
        try (IntPointer some = new IntPointer(Math.min(COPIED, Math.max(1, count)))) {
            for (long at = 0; at < count; at += COPIED) {
                int done = (int) at;
                int next = Math.min(COPIED, count - done);
                some.put(values, from + done, next);
                write(to.from(4L * done), some, 4L * next);
            }
        }
    }

    void write(Memory to, int... values) {
        write(to, values, 0, values.length);
    }

    void write(Memory to, long... values) {
        try (LongPointer all = new LongPointer(values)) {
            write(to, all, 8L * values.length);
        }
    }

    void write(Memory to, float... values) {
        try (FloatPointer some = new FloatPointer(Math.min(COPIED, Math.max(1, values.length)))) {
            for (long at = 0; at < values.length; at += COPIED) {
                int done = (int) at;
                int next = Math.min(COPIED, values.length - done);
                some.put(values, done, next);
                write(to.from(4L * done), some, 4L * next);
            }
        }
    }

    /** The memory that is copied from is used again at once. */
    private void write(Memory to, Pointer from, long bytes) {
        check(cudart.cuMemcpyHtoDAsync(to.address(), from, bytes, stream), "copying to the card");
        await();
    }

    void read(Memory from, float[] values) {
        try (FloatPointer some = new FloatPointer(Math.min(COPIED, Math.max(1, values.length)))) {
            for (long at = 0; at < values.length; at += COPIED) {
                int done = (int) at;
                int next = Math.min(COPIED, values.length - done);
                read(from.from(4L * done), some, 4L * next);
                some.get(values, done, next);
            }
        }
    }

    void read(Memory from, double[] values) {
        try (DoublePointer all = new DoublePointer(values.length)) {
            read(from, all, 8L * values.length);
            all.get(values);
        }
    }

    void read(Memory from, int[] values) {
        try (IntPointer all = new IntPointer(Math.max(1, values.length))) {
            read(from, all, 4L * values.length);
            all.get(values);
        }
    }

    private void read(Memory from, Pointer to, long bytes) {
        check(cudart.cuMemcpyDtoHAsync(to, from.address(), bytes, stream), "copying from the card");
        await();
    }

    @Override
    public void close() {
        enter();
        programs.values().forEach(Program::close);
        check(cudart.cuStreamDestroy(stream), "closing the stream");
        check(cudart.cuDevicePrimaryCtxRelease(device), "closing the card");
    }
}
