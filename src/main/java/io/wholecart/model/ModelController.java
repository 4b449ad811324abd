package io.wholecart.model;

import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/admin/models")
class ModelController {

    private final ModelStore models;

    ModelController(ModelStore models) {
        this.models = models;
    }

    @GetMapping
    List<ModelSummary> list() {
        return models.list();
    }

    @GetMapping("/{version}")
    ModelSummary get(@PathVariable int version) {
        return models.find(version);
    }

    @PostMapping("/{version}/activate")
    ModelSummary activate(@PathVariable int version) {
        models.requireWhole(version);
        return models.activate(version);
    }
}
