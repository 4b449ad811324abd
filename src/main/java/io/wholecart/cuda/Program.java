package io.wholecart.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** The kernels, compiled for one card and one number of factors. */
final class Program implements AutoCloseable {

    /** In the order in which they are one source. */
    static final List<String> FILES = List.of("symmetric.cu", "exact.cu", "adagrad.cu", "ranking.cu");

    /** The kernels' sources have these as macros; the host's launches count on them. */
    private static final Map<String, Integer> CONSTANTS = Map.of(
            "STAGED", Tiling.STAGED,
            "POSITIVE_WARPS", AdagradOnCard.WARPS,
            "ITEMS", AdagradOnCard.ITEMS,
            "RANKED", RankingOnCard.TILE,
            "DEPTH", AdagradOnCard.DEPTH);

    private final CUmod_st module = new CUmod_st();
    private final Map<String, Kernel> kernels = new ConcurrentHashMap<>();

    /**
     * A function of the program.
     *
     * @param sizes of its parameters, in bytes
     */
    record Kernel(String name, CUfunc_st function, List<Integer> sizes) {

        int registers() {
            return attribute(cudart.CU_FUNC_ATTRIBUTE_NUM_REGS);
        }

        /** Bytes a thread that did not fit its registers. */
        int spilled() {
            return attribute(cudart.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
        }

        private int attribute(int attribute) {
            int[] value = new int[1];
            Card.check(cudart.cuFuncGetAttribute(value, attribute, function), name);
            return value[0];
        }
    }

    /**
     * What the compiler makes: machine code for a card that it knows, so that no driver has to understand its PTX; else PTX
     * for an older one, which the driver translates.
     *
     * @param capability such as 90
     */
    record Target(int capability, boolean machineCode) {

        /**
         * For this card.
         *
         * @param supported what the compiler knows
         * @throws CardException where it knows only newer ones
         */
        static Target of(String card, int capability, int[] supported) {
            int best = Arrays.stream(supported)
                    .filter(known -> known <= capability)
                    .max()
                    .orElseThrow(() -> new CardException(
                            CardException.Reason.UNSUITABLE,
                            card + " has compute capability " + capability + ", the compiler knows only "
                                    + Arrays.toString(supported)));
            return new Target(best, best == capability);
        }

        String option() {
            return "--gpu-architecture=" + (machineCode ? "sm_" : "compute_") + capability;
        }
    }

    private final int sharedLimit;
    private final int factors;

    /**
     * Compiles.
     *
     * @param sharedLimit bytes of shared memory that a block can have
     */
    Program(Target target, int sharedLimit, int factors) {
        this.sharedLimit = sharedLimit;
        this.factors = factors;
        try (BytePointer image = compile(target, sharedLimit, factors)) {
            Card.check(cudart.cuModuleLoadData(module, image), "loading the kernels");
        }
    }

    /** Capabilities that the compiler makes code for. */
    static int[] supported() {
        int[] count = new int[1];
        check(nvrtc.nvrtcGetNumSupportedArchs(count), "no architectures");
        int[] all = new int[count[0]];
        check(nvrtc.nvrtcGetSupportedArchs(all), "no architectures");
        return all;
    }

    /** The macros for so many factors on a card whose blocks can have so many bytes of shared memory. */
    static List<String> macros(int sharedLimit, int factors) {
        List<String> macros = new ArrayList<>(constants());
        macros.add("-DFACTORS=" + factors);
        macros.add("-DPITCH=" + new Tiling(factors).pitch(sharedLimit));
        return macros;
    }

    /** Those that are the same for all numbers of factors. */
    static List<String> constants() {
        return CONSTANTS.entrySet().stream()
                .map(entry -> "-D" + entry.getKey() + "=" + entry.getValue())
                .sorted()
                .toList();
    }

    /** The compiler's version; loads it, so that its absence is known before anything is begun. */
    static String compiler() {
        int[] major = new int[1];
        int[] minor = new int[1];
        check(nvrtc.nvrtcVersion(major, minor), "no compiler");
        return major[0] + "." + minor[0];
    }

    static String source() {
        StringBuilder source = new StringBuilder();
        for (String file : FILES) {
            try (InputStream in = Program.class.getResourceAsStream(file)) {
                if (in == null) {
                    throw new IllegalStateException(file + " is not in the jar");
                }
                source.append("#line 1 \"").append(file).append("\"\n");
                source.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return source.toString();
    }

    private static BytePointer compile(Target target, int sharedLimit, int factors) {
        List<String> choices = new ArrayList<>(List.of(target.option(), "--std=c++17"));
        choices.addAll(macros(sharedLimit, factors));
        _nvrtcProgram program = new _nvrtcProgram();
        try (BytePointer source = new BytePointer(source(), StandardCharsets.UTF_8);
                BytePointer name = new BytePointer("wholecart.cu");
                PointerPointer<BytePointer> options = new PointerPointer<>(choices.toArray(String[]::new));
                PointerPointer<BytePointer> none = new PointerPointer<>()) {
            check(nvrtc.nvrtcCreateProgram(program, source, name, 0, none, none), "no program");
            int result = nvrtc.nvrtcCompileProgram(program, (int) options.limit(), options);
            if (result != nvrtc.NVRTC_SUCCESS) {
                throw new CardException(
                        CardException.Reason.FAILURE, "the kernels could not be compiled: " + log(program));
            }
            return image(program, target.machineCode());
        } finally {
            if (!program.isNull()) {
                nvrtc.nvrtcDestroyProgram(program);
            }
        }
    }

    private static BytePointer image(_nvrtcProgram program, boolean machineCode) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            check(
                    machineCode ? nvrtc.nvrtcGetCUBINSize(program, size) : nvrtc.nvrtcGetPTXSize(program, size),
                    "no code");
            BytePointer image = new BytePointer(size.get());
            check(machineCode ? nvrtc.nvrtcGetCUBIN(program, image) : nvrtc.nvrtcGetPTX(program, image), "no code");
            return image;
        }
    }

    private static String log(_nvrtcProgram program) {
        SizeTPointer size = new SizeTPointer(1);
        check(nvrtc.nvrtcGetProgramLogSize(program, size), "no log");
        BytePointer log = new BytePointer(size.get());
        check(nvrtc.nvrtcGetProgramLog(program, log), "no log");
        return log.getString(StandardCharsets.UTF_8);
    }

    private static void check(int result, String what) {
        if (result != nvrtc.NVRTC_SUCCESS) {
            throw new CardException(
                    CardException.Reason.FAILURE,
                    what + ": " + nvrtc.nvrtcGetErrorString(result).getString());
        }
    }

    Kernel kernel(String name) {
        return kernels.computeIfAbsent(name, this::find);
    }

    private Kernel find(String name) {
        CUfunc_st function = new CUfunc_st();
        Card.check(cudart.cuModuleGetFunction(function, module, name), name);
        // Here, as it must not be done while launches are recorded.
        Card.check(
                cudart.cuFuncSetAttribute(
                        function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedLimit),
                name);
        return new Kernel(name, function, DriverCalls.parameterSizes(function));
    }

    /** Names of all its kernels, in the order of the sources. */
    List<String> names() {
        return Pattern.compile("__launch_bounds__\\([^()]+\\)\\s+(\\w+)\\(|S\\w+_\\w+\\([12], \\w+, (\\w+)\\)")
                .matcher(source())
                .results()
                .map(found -> found.group(1) != null ? found.group(1) : found.group(2))
                .filter(name -> !name.matches(".+_[48]") || name.endsWith("_" + new Tiling(factors).tile()))
                .toList();
    }

    @Override
    public void close() {
        Card.check(cudart.cuModuleUnload(module), "unloading the kernels");
    }
}
