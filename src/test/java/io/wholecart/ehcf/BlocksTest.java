package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlocksTest {

    @Test
    void aHeavyRowIsABlockOfItsOwnAndTheFirst() {
        int[] lengths = new int[1000];
        Arrays.fill(lengths, 3);
        lengths[700] = 500_000;
        int[] offsets = new int[1001];
        for (int row = 0; row < 1000; row++) {
            offsets[row + 1] = offsets[row] + lengths[row];
        }
        Blocks blocks = Blocks.of(List.of(new SparseMatrix(1000, 600_000, offsets, new int[offsets[1000]])), 100);
        int first = blocks.order()[0];
        assertThat(blocks.bounds()[first]).isEqualTo(700);
        assertThat(blocks.bounds()[first + 1]).isEqualTo(701);
        assertCoversAll(blocks, 1000);
    }

    @Test
    void allRowsAreInOneBlockEach() {
        for (int rows : new int[] {0, 1, 15, 16, 17, 1000}) {
            assertCoversAll(Blocks.even(rows, 16), rows);
            assertCoversAll(Blocks.of(List.of(new SparseMatrix(rows, 5, new int[rows + 1], new int[0])), 16), rows);
        }
    }

    private static void assertCoversAll(Blocks blocks, int rows) {
        assertThat(blocks.bounds()).isSorted().startsWith(0).endsWith(rows).hasSize(blocks.count() + 1);
        assertThat(IntStream.of(blocks.order()).sorted().toArray())
                .isEqualTo(IntStream.range(0, blocks.count()).toArray());
    }
}
