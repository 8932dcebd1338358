; The grammar brings no query of its own.
(identifier) @variable
(class_parameter (identifier) @property)
(parameter . (identifier) @variable.parameter)
(navigation_expression (identifier) @property .)
(function_declaration name: (identifier) @function)
(call_expression . (identifier) @function)
(call_expression . (navigation_expression (identifier) @function .))
(user_type (identifier) @type)
(class_declaration name: (identifier) @type)
(object_declaration name: (identifier) @type)
(type_alias type: (identifier) @type)
(enum_entry (identifier) @constant)
(annotation) @attribute
(label) @label
[(this_expression) (super_expression)] @keyword
[
  "abstract" "actual" "annotation" "as" "as?" "by" "catch" "class" "companion" "const" "constructor" "crossinline"
  "data" "do" "else" "enum" "expect" "external" "final" "finally" "for" "fun" "get" "if" "import" "in" "infix" "init"
  "inline" "inner" "interface" "internal" "is" "lateinit" "noinline" "object" "open" "operator" "out" "override"
  "package" "private" "protected" "public" "return" "sealed" "set" "suspend" "tailrec" "throw" "try" "typealias" "val"
  "value" "var" "vararg" "when" "where" "while" "!in" "!is"
] @keyword
["!" "!!" "!=" "!==" "%" "&&" "*" "+" "++" "-" "--" "->" ".." "/" "<" "<=" "=" "==" "===" ">" ">=" "?:" "||"] @operator
["(" ")" "[" "]" "{" "}" "," ";" "." "?." ":" "::"] @punctuation
[(number_literal) (float_literal)] @number
[(string_literal) (multiline_string_literal) (character_literal)] @string
(interpolation) @none
(escape_sequence) @escape
[(line_comment) (block_comment) (shebang)] @comment
