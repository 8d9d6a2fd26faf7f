#include "app/berthd/config_checker.hpp"

#include "app/berthd/config_yaml.hpp"
#include "model/duration.hpp"
#include "model/quantity.hpp"

namespace berth {

bool config_checker::require(bool holds, const std::string& path,
                             std::string_view why) {
  if (!holds && !first_)
    first_ = marks_.error_at(path, why);
  return holds;
}

std::chrono::nanoseconds config_checker::duration(const std::string& text,
                                                  const std::string& path,
                                                  bool may_be_zero) {
  auto parsed = parse_duration(text);
  if (!parsed) {
    require(false, path, describe(parsed.error()));
    return {};
  }
  if (may_be_zero)
    require(parsed->count() >= 0, path, "less than zero");
  else
    require(parsed->count() > 0, path, "not more than zero");
  return *parsed;
}

uint64_t config_checker::quantity(const std::string& text,
                                  const std::string& path) {
  if (text.empty())
    return 0;
  auto parsed = parse_quantity(text);
  if (!parsed)
    require(false, path, describe(parsed.error()));
  return parsed ? *parsed : 0;
}

uint64_t config_checker::milli_quantity(const std::string& text,
                                        const std::string& path) {
  if (text.empty())
    return 0;
  auto parsed = parse_milli_quantity(text);
  if (!parsed)
    require(false, path, describe(parsed.error()));
  return parsed ? *parsed : 0;
}

std::filesystem::path
config_checker::absolute_path(const std::string& text, const std::string& path,
                              const std::filesystem::path& otherwise) {
  if (text.empty())
    return otherwise;
  require(text.front() == '/', path, "not an absolute path");
  // Without a slash at the end, so that two ways to write a path are equal.
  auto normal = std::filesystem::path{text}.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

namespace {

/// Where `name` is installed; the service's own PATH has no say. One that is
/// nowhere gets the path at which the doctor will miss it.
std::filesystem::path find_program(const std::string& name) {
  for (auto directory : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin"}) {
    auto candidate = std::filesystem::path{directory} / name;
    auto failed = std::error_code{};
    if (std::filesystem::exists(candidate, failed))
      return candidate;
  }
  return std::filesystem::path{"/usr/bin"} / name;
}

} // namespace

std::filesystem::path config_checker::program(const std::string& text,
                                              const std::string& path) {
  require(!text.empty() && (text.front() == '/' || text.find('/') == text.npos),
          path, "neither a program's name nor its absolute path");
  return text.front() == '/' ? std::filesystem::path{text} : find_program(text);
}

bool config_checker::mentions(const std::string& path) const {
  return marks_.has(path);
}

} // namespace berth
