package io.wholecart.model;

import java.util.List;
import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

interface ModelRepository extends JpaRepository<ModelVersion, Integer> {

    List<ModelVersion> findAllByOrderByVersionDesc();

    @Query("SELECT m.version FROM ModelVersion m WHERE m.active")
    Optional<Integer> activeVersion();

    /** Before another is made active. */
    @Modifying(flushAutomatically = true)
    @Query("UPDATE ModelVersion m SET m.active = false WHERE m.active")
    void deactivate();

    @Query(nativeQuery = true, value = "SELECT nextval('model_version')")
    int nextVersion();
}
