package io.wholecart.catalog;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

interface ItemRepository extends JpaRepository<Item, Integer> {

    Optional<Item> findByExternalId(String externalId);

    /** In the order of the numbers, which is then the order of the updates: two batches cannot deadlock. */
    List<Item> findByExternalIdInOrderByNumber(Collection<String> externalIds);

    @Query(nativeQuery = true, value = "SELECT external_id FROM item WHERE NOT available")
    Set<String> unavailable();

    @Query(nativeQuery = true, value = "SELECT external_id FROM item WHERE categories && CAST(:categories AS text[])")
    Set<String> inAnyOf(String[] categories);
}
