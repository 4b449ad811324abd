package io.wholecart.platform;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;

/** Tomcat's own errors, and whatever else did not get to a controller, in the shape of all others instead of as a page about Tomcat. */
public class ProblemValve extends ErrorReportValve {

    /** Made by Tomcat, by the class's name. */
    public ProblemValve() {}

    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        int status = response.getStatus();
        response.setErrorReported();
        // Also where a status was set and nothing said, as by the actuator for a part of its health that is not there.
        if (status < 400 || response.getContentWritten() > 0) {
            return;
        }
        String id = request.getAttribute(RequestIdFilter.NAME) instanceof String known
                ? known
                : RequestIdFilter.idFor(request.getHeader(RequestIdFilter.HEADER));
        HttpStatusCode code = HttpStatusCode.valueOf(status);
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(code, detail(status));
        try {
            response.setHeader(RequestIdFilter.HEADER, id);
            Problems.write(response, Problems.complete(problem, Problems.code(code), id));
            response.finishResponse();
        } catch (IOException | IllegalStateException e) {
            // Nobody listens any more.
            container.getLogger().debug("An error could not be told", e);
        }
    }

    private static String detail(int status) {
        boolean ours = status >= 500
                && status != HttpServletResponse.SC_NOT_IMPLEMENTED
                && status != HttpServletResponse.SC_HTTP_VERSION_NOT_SUPPORTED;
        return ours
                ? "An unexpected error; the service's log has more."
                : "The request cannot be understood or is not allowed.";
    }
}
