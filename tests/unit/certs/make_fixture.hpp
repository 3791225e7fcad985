// `certs make` in a folder that does not exist before.
#pragma once

#include "certs/describe.hpp"
#include "certs/pairs.hpp"
#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace portcullis::certs::test {

class make_fixture : public testing::Test {
protected:
    make_fixture() {
        settings_.directory = scratch_ / "certs";
        settings_.key = key_type::ecdsa_p256;
    }
    std::optional<make_report> make() {
        found_.clear();
        return make_pairs(settings_, found_);
    }
    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& each : std::filesystem::directory_iterator(settings_.directory))
            names.insert(each.path().filename().native());
        return names;
    }
    std::map<std::string, std::string> contents() const {
        std::map<std::string, std::string> texts;
        for (const auto& name : files()) texts[name] = read_file(settings_.directory / name);
        return texts;
    }
    certificate_description described(const std::string& name) const {
        return describe_file(settings_.directory / name).value().front();
    }

    const scratch_folder scratch_;
    make_settings settings_;
    problems found_;
};

}  // namespace portcullis::certs::test
