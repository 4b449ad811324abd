package io.wholecart.event;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/** Stops a line from filling the memory: reading fails when too much came since the last {@link #nextLine()}. */
final class LimitedReader extends FilterReader {

    /** Longest line, in characters; the reader behind us reads ahead, so a little more may pass. */
    static final int MAX_LINE = 64 << 10;

    private int read;

    LimitedReader(Reader in) {
        super(in);
    }

    void nextLine() {
        read = 0;
    }

    @Override
    public int read() throws IOException {
        return count(super.read(), 1);
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
        int got = super.read(buffer, offset, length);
        return count(got, got);
    }

    private int count(int result, int characters) throws IOException {
        if (result >= 0) {
            read += characters;
            if (read > MAX_LINE) {
                throw new LineTooLongException();
            }
        }
        return result;
    }

    static final class LineTooLongException extends IOException {

        LineTooLongException() {
            super("has a line of more than " + MAX_LINE + " characters");
        }
    }
}
