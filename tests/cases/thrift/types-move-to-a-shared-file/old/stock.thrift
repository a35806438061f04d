struct Place { 1: string shelf }
