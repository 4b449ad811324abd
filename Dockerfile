# docker build -t wholecart .
# Three stages: build the jar, run it once to record what a start needs, leave the rest behind.

FROM eclipse-temurin:25-jdk AS build
WORKDIR /build
# Dependencies are a layer of their own: they are fetched again only when the pom changes.
COPY mvnw pom.xml ./
COPY .mvn .mvn
RUN ./mvnw -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip=true -Dspring-boot.repackage.skip=true package \
 && rm -rf target
COPY db db
COPY src/main src/main
COPY src/cuda13 src/cuda13
RUN ./mvnw -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip=true package \
 && java -Djarmode=tools -jar target/wholecart.jar extract --layers --destination target/layers

# What both of the following stages are: the application on its Java.
FROM eclipse-temurin:25-jre AS application
# The heap's share of the container's memory; set the variable to another value to change it.
ENV JDK_JAVA_OPTIONS="-XX:MaxRAMPercentage=70 -XX:+ExitOnOutOfMemoryError" \
    MANAGEMENT_SERVER_PORT=9090 \
    MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE=health,prometheus \
    WHOLECART_EMBEDDED_DATABASE=false
WORKDIR /app
COPY --from=build /build/target/layers/dependencies/ ./
COPY --from=build /build/target/layers/application/ ./
COPY src/main/docker/java.options src/main/docker/health ./

FROM application AS record
COPY --from=build /build/target/layers/embedded/ /embedded/
COPY src/main/docker/record-aot.sh /
# PostgreSQL wants a user with a name, and not root.
RUN useradd --uid 10001 wholecart && chown wholecart /app
USER wholecart
RUN /record-aot.sh

FROM application
COPY --from=record /app/wholecart.aot ./
USER 10001:10001
EXPOSE 8080 9090
VOLUME /tmp
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["/app/health"]
# The cache is passed by name here, so that it can be recorded with the same options.
ENTRYPOINT ["java", "-XX:AOTCache=/app/wholecart.aot", "@/app/java.options", "-jar", "/app/wholecart.jar"]
