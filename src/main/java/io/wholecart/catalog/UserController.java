package io.wholecart.catalog;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/admin/users")
class UserController {

    private static final int MAX_LIMIT = 100;

    private final IdNumbers numbers;

    UserController(IdNumbers numbers) {
        this.numbers = numbers;
    }

    /** Ids of users, in their order. */
    record Users(List<String> userIds) {}

    /** The first users whose ids begin so, for somebody who types one. */
    @GetMapping
    Users beginningWith(@RequestParam(defaultValue = "") String prefix, @RequestParam(defaultValue = "10") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw ApiException.invalid("limit", "must be from 1 to " + MAX_LIMIT);
        }
        if (!ExternalId.isStorable(prefix)) {
            throw ApiException.invalid("prefix", "contains a NUL or half of a Unicode character");
        }
        return new Users(numbers.usersBeginningWith(prefix, limit));
    }
}
