#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <string>

namespace berth {

/// What a TLS server is made of, in PEM.
struct tls_texts {
  std::string ca, cert, key;

  bool operator==(const tls_texts&) const = default;
};

/// Reads the three files. `failed_precondition`, with the file's name, if one
/// cannot be read or is not what it should be, or if the key is not that of the
/// certificate.
result<tls_texts> read_tls_files(const tls_settings&);

} // namespace berth
