package io.wholecart.model;

import java.util.List;
import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

interface ModelRepository extends JpaRepository<ModelVersion, Integer> {

    List<ModelVersion> findAllByOrderByVersionDesc();

    Optional<ModelVersion> findByActiveTrue();

    @Query("SELECT m FROM ModelVersion m WHERE m.version < ?1"
            + " ORDER BY CASE WHEN m.activatedAt IS NULL THEN 1 ELSE 0 END, m.version DESC")
    List<ModelVersion> findOlder(int version);

    /** Before another is made active. */
    @Modifying(flushAutomatically = true)
    @Query("UPDATE ModelVersion m SET m.active = false WHERE m.active")
    void deactivate();

    @Query(nativeQuery = true, value = "SELECT nextval('model_version')")
    int nextVersion();
}
