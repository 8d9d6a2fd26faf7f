#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// What a URL template may ask for.
struct url_fields {
  std::string id;     ///< {{ .ID }}, the instance's
  std::string prefix; ///< {{ .Prefix }}
  std::string host;   ///< {{ .Host }}
  uint32_t port = 0;  ///< {{ .WorkspacePort }} and {{ .IngressPort }}
};

/// Whose URL a template makes; only a port's may name ports.
enum class url_kind : uint8_t { workspace, port };

/// A URL with places for fields, such as
/// "http://{{ .WorkspacePort }}-{{ .Prefix }}.example.com".
class url_template {
public:
  enum class field : uint8_t { id, prefix, host, port };

  /// Plain text and the field that follows it; the last piece has none.
  struct piece {
    std::string text;
    std::optional<field> then;
  };

  /// `invalid_argument` for an unknown field or anything between braces that
  /// is not one field.
  static result<url_template> parse(std::string_view text, url_kind);

  std::string render(const url_fields&) const;

  const std::vector<piece>& pieces() const { return pieces_; }

private:
  static std::optional<field> field_called(std::string_view name, url_kind);

  std::vector<piece> pieces_;
};

} // namespace berth
