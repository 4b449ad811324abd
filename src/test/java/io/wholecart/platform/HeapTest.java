package io.wholecart.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HeapTest {

    @Test
    void whatIsSmallFitsAndWhatIsLargerThanTheHeapDoesNot() {
        assertThat(Heap.hasRoom(1 << 20)).isTrue();
        assertThat(Heap.hasRoom(Runtime.getRuntime().maxMemory())).isFalse();
        assertThat(Heap.hasRoom(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void aRefusalSaysWhatIsNeededWhatIsThereAndWhatToChange() {
        assertThatCode(() -> Heap.require(1000, "Nothing", "")).doesNotThrowAnyException();
        assertThatThrownBy(() -> Heap.require(1L << 50, "Training 64 factors", "lower factors"))
                .isInstanceOf(NotEnoughMemoryException.class)
                .hasMessageMatching("Training 64 factors needs about 1,073,741,824 MB of heap, and [\\d,]+ MB of"
                        + " [\\d,]+ MB can be had: raise -Xmx \\(or the container's memory\\), or lower factors\\.");
    }

    /** Garbage is not in the way, and what is in use is. */
    @Test
    void garbageIsCollectedBeforeTheAnswerIsNo() {
        long size = Runtime.getRuntime().maxMemory() / 4;
        byte[][] held = new byte[(int) (size >> 20)][];
        for (int i = 0; i < held.length; i++) {
            held[i] = new byte[1 << 20];
        }
        long rest = Runtime.getRuntime().maxMemory() / 10 * 9 - size;
        assertThat(Heap.hasRoom(rest)).isFalse();
        assertThat(held[held.length - 1]).hasSize(1 << 20);
        held = null;
        assertThat(Heap.hasRoom(size)).isTrue();
    }
}
