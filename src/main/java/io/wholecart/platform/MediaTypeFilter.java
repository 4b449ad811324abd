package io.wholecart.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.accept.ContentNegotiationStrategy;
import org.springframework.web.accept.HeaderContentNegotiationStrategy;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses types that are none, before Spring stumbles over them: in the middle of an answer, or as over a mistake of ours. */
@Component
class MediaTypeFilter extends OncePerRequestFilter {

    private final ContentNegotiationStrategy accepted = new HeaderContentNegotiationStrategy();

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String type = request.getContentType();
        if (type != null && type.indexOf('*') >= 0) {
            String detail = "The Content-Type must name a type.";
            Problems.write(response, HttpStatus.UNSUPPORTED_MEDIA_TYPE, "unsupportedMediaType", detail);
            return;
        }
        try {
            accepted.resolveMediaTypes(new ServletWebRequest(request));
        } catch (HttpMediaTypeNotAcceptableException e) {
            logger.debug("Refused", e);
            String detail = "The header Accept cannot be read.";
            Problems.write(response, HttpStatus.NOT_ACCEPTABLE, "notAcceptable", detail);
            return;
        }
        chain.doFilter(request, response);
    }
}
