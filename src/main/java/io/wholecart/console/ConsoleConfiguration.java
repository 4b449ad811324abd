package io.wholecart.console;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.resource.PathResourceResolver;

/** The console's files are static resources; what is left is to tell browsers that the page may use nothing else. */
@Configuration(proxyBeanMethods = false)
class ConsoleConfiguration implements WebMvcConfigurer {

    private static final String FOLDER = "classpath:/static/";

    static final String POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'; require-trusted-types-for 'script'";

    /**
     * Files that are there, and nothing else: where Spring looks for what is not, the JVM's class loaders and Tomcat
     * remember each name, and anybody can make names up.
     */
    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/**")
                .addResourceLocations(FOLDER)
                // They are asked for again each time, and sent when they have changed.
                .setCacheControl(CacheControl.noCache())
                .resourceChain(false)
                .addResolver(new Known(files()));
    }

    private static Set<String> files() {
        try {
            Set<String> paths = new HashSet<>();
            for (Resource file : new PathMatchingResourcePatternResolver().getResources(FOLDER + "**/*.*")) {
                String url = file.getURL().toString();
                paths.add(url.substring(url.lastIndexOf("/static/") + "/static/".length()));
            }
            return paths;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Known extends PathResourceResolver {

        private final Set<String> paths;

        Known(Set<String> paths) {
            this.paths = paths;
        }

        @Override
        protected @Nullable Resource getResource(String path, Resource location) throws IOException {
            return paths.contains(path) ? super.getResource(path, location) : null;
        }
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new HandlerInterceptor() {
                    @Override
                    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
                        response.setHeader("Content-Security-Policy", POLICY);
                        response.setHeader("Referrer-Policy", "no-referrer");
                        return true;
                    }
                })
                .addPathPatterns("/", "/index.html", "/console/**");
    }
}
