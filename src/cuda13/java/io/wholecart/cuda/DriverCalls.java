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

    static int instantiate(CUgraphExec_st executable, CUgraph_st graph) {
        return cudart.cuGraphInstantiate(executable, graph, 0);
    }

    /** Bytes of each of a kernel's parameters. */
    static List<Integer> parameterSizes(CUfunc_st function) {
        List<Integer> sizes = new ArrayList<>();
        try (SizeTPointer offset = new SizeTPointer(1);
                SizeTPointer size = new SizeTPointer(1)) {
            while (cudart.cuFuncGetParamInfo(function, sizes.size(), offset, size) == cudart.CUDA_SUCCESS) {
                sizes.add((int) size.get());
            }
        }
        return sizes;
    }
}
