package io.wholecart.catalog;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;

interface ItemRepository extends JpaRepository<Item, Integer> {

    Optional<Item> findByExternalId(String externalId);

    /** In the order of the numbers, which is then the order of the updates: two batches cannot deadlock. */
    List<Item> findByExternalIdInOrderByNumber(Collection<String> externalIds);
}
