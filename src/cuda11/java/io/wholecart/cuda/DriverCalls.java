package io.wholecart.cuda;

import java.util.List;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;

/** In the profile nd4j-cuda, whose CUDA 11.6 is ND4J's: our own kernels want a newer one. */
final class DriverCalls {

    private DriverCalls() {}

    /** Whether this build has what our kernels want; it does not. */
    static void checkBuild() {
        throw tooOld();
    }

    static int instantiate(CUgraphExec_st executable, CUgraph_st graph) {
        throw tooOld();
    }

    static List<Integer> parameterSizes(CUfunc_st function) {
        throw tooOld();
    }

    private static CardException tooOld() {
        return new CardException(
                CardException.Reason.UNSUITABLE, "this jar was built with ND4J's CUDA 11.6; our kernels want 13");
    }
}
