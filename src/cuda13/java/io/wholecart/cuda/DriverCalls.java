package io.wholecart.cuda;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;

/** The driver's functions that JavaCPP's presets of CUDA 11.6 do not have like this. */
final class DriverCalls {

    private DriverCalls() {}

    /** Whether this build has what our kernels want; it does. */
    static void checkBuild() {}

    static int instantiate(CUgraphExec_st executable, CUgraph_st graph) {
        return cudart.cuGraphInstantiate(executable, graph, 0);
    }

    /** Bytes of each of a kernel's parameters. */
    static List<Integer> parameterSizes(CUfunc_st function) {
        List<Integer> sizes = new ArrayList<>();
        try (SizeTPointer offset = new SizeTPointer(1);
                SizeTPointer size = new SizeTPointer(1)) {
            for (; ; ) {
                int result = cudart.cuFuncGetParamInfo(function, sizes.size(), offset, size);
                // What is behind the last one is an invalid value.
                if (result == cudart.CUDA_ERROR_INVALID_VALUE) {
                    return sizes;
                }
                Card.check(result, "parameters of a kernel");
                sizes.add((int) size.get());
            }
        }
    }
}
