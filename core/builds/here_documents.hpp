#pragma once

#include "model/error.hpp"

#include <string>
#include <vector>

namespace berth {

/// What a builder has to call the directory that holds here documents.
inline constexpr auto here_documents_context = "berth-here-documents";

struct here_document_file {
  std::string path; ///< inner path, of at most two parts
  std::string text;
  bool is_program = false; ///< may be run
  size_t line = 0;         ///< of the instruction, from 1
};

/// A text about the file of a RUN, of a builder that knows no here documents,
/// in words that people know.
std::string in_words_of_users(std::string text,
                              const std::vector<here_document_file>&);

struct plain_dockerfile {
  std::string text;
  std::vector<here_document_file> documents;
};

/// A Dockerfile that says the same without here documents, which buildah 1.28
/// does not know: `RUN <<EOF` and `RUN command <<EOF` run a file of a mount,
/// `COPY <<name` copies one. As newer builders have it,
///
///  - a line with its name alone ends a document,
///  - `<<-` takes tabs off its lines, and a document that is a whole RUN and
///    begins with `#!` is run as a program,
///  - of a COPY, variables of ARG and ENV are filled in unless the name is in
///    quotes.
///
/// `failed_precondition` for a document that is not ended, in an instruction
/// that has no use for it, or with a variable whose value the Dockerfile does
/// not tell; `exhausted` for more of them than anybody writes.
result<plain_dockerfile> without_here_documents(std::string text);

} // namespace berth
