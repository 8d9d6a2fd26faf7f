#pragma once

#include "core/builds/dockerfile_instructions.hpp"
#include "core/builds/here_documents.hpp"
#include "model/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// What of a Dockerfile has to be known beyond what a builder knows: the images
/// that it takes from elsewhere. Everything else stays the builder's matter, a
/// mistake in it too.
class dockerfile {
public:
  /// `exhausted` for one with more or longer lines, or more images, than
  /// anybody writes, `failed_precondition` for one with here documents that
  /// cannot be, or with mounts that lead elsewhere.
  static result<dockerfile> parse(std::string text);

  /// What FROM, COPY --from and RUN --mount=...,from name that is no earlier
  /// stage, no number and not `scratch`, with the defaults of ARGs filled in;
  /// each once, in order.
  const std::vector<std::string>& images() const { return images_; }

  /// What its here documents have become: files of the context
  /// `here_documents_context`.
  const std::vector<here_document_file>& documents() const {
    return documents_;
  }

  /// The same text without its here documents, and with other names for the
  /// images in `names`.
  std::string with(const std::map<std::string, std::string>& names) const;

private:
  /// Where an image is named, or a stage otherwise than buildah knows it.
  struct place {
    size_t begin, length;
    std::string image;
    std::string other; ///< of a stage: its name
  };

  result<void> read_instruction(text_span, class dockerfile_scope&);
  void read_arg(text_span, class dockerfile_scope&);
  void read_from(text_span, class dockerfile_scope&);
  void read_copy(text_span, const class dockerfile_scope&);
  void read_run(text_span, const class dockerfile_scope&);
  void add_if_image(size_t begin, size_t length, const class dockerfile_scope&);
  void add(size_t begin, size_t length, std::string image);

  std::string text_;
  std::vector<place> places_;
  std::vector<std::string> images_;
  std::vector<here_document_file> documents_;
};

} // namespace berth
