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
import org.springframework.web.servlet.config.annotation.ResourceChainRegistration;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.resource.LiteWebJarsResourceResolver;
import org.springframework.web.servlet.resource.PathResourceResolver;

/** The console's files are static resources; what is left is to tell browsers that the page may use nothing else. */
@Configuration(proxyBeanMethods = false)
class ConsoleConfiguration implements WebMvcConfigurer {

    private static final String WEBJARS = "META-INF/resources/webjars/";

    static final String POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'; require-trusted-types-for 'script'";

    /**
     * Files that are there, and nothing else: where Spring looks for what is not, the JVM's class loaders and Tomcat
     * remember each name, and anybody can make names up.
     */
    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        serve(registry, "/**", "static/").addResolver(new Known("static/", "**/*.*"));
        // The page names it without its version.
        serve(registry, "/webjars/**", WEBJARS)
                .addResolver(new LiteWebJarsResourceResolver())
                .addResolver(new Known(WEBJARS, "uplot/**/*.*"));
    }

    /** They are asked for again each time, and sent when they have changed. */
    private static ResourceChainRegistration serve(ResourceHandlerRegistry registry, String paths, String folder) {
        return registry.addResourceHandler(paths)
                .addResourceLocations("classpath:/" + folder)
                .setCacheControl(CacheControl.noCache())
                .resourceChain(false);
    }

    private static final class Known extends PathResourceResolver {

        private final Set<String> paths = new HashSet<>();

        Known(String folder, String files) {
            try {
                for (Resource file :
                        new PathMatchingResourcePatternResolver().getResources("classpath*:" + folder + files)) {
                    String url = file.getURL().toString();
                    paths.add(url.substring(url.lastIndexOf(folder) + folder.length()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
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
